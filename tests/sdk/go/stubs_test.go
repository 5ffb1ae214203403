package stubs

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	cohere "github.com/cohere-ai/cohere-go/v2"
	"github.com/cohere-ai/cohere-go/v2/client"
	"github.com/cohere-ai/cohere-go/v2/option"
	"github.com/stretchr/testify/require"
	"github.com/wiremock/go-wiremock"
)

// What a test has: a world that nobody else uses, WireMock's client for it, and Cohere's.
type world struct {
	t    *testing.T
	url  string
	wm   *wiremock.Client
	co   *client.Client
	http *http.Client
}

func newWorld(t *testing.T) *world {
	t.Parallel()
	base := serverURL + "/w/" + strings.ToLower(t.Name())
	return &world{t, base, wiremock.NewClient(base), client.NewClient(option.WithBaseURL(base),
		option.WithToken("test-key")), &http.Client{}}
}

func (w *world) stub(rule *wiremock.StubRule) *wiremock.StubRule {
	w.t.Helper()
	require.NoError(w.t, w.wm.StubFor(rule))
	return rule
}

func (w *world) send(method, path, body string, headers ...string) (int, string, http.Header) {
	w.t.Helper()
	req, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	require.NoError(w.t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := w.http.Do(req)
	require.NoError(w.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	return res.StatusCode, string(text), res.Header
}

func (w *world) get(path string, headers ...string) (int, string) {
	w.t.Helper()
	status, text, _ := w.send("GET", path, "", headers...)
	return status, text
}

func (w *world) count(request *wiremock.Request) int64 {
	w.t.Helper()
	count, err := w.wm.GetCountRequests(request)
	require.NoError(w.t, err)
	return count
}

// go-wiremock tells a refusal by its text only.
func requireRefused(t *testing.T, status int, err error) {
	t.Helper()
	require.Error(t, err)
	require.Contains(t, err.Error(), strconv.Itoa(status))
}

func rerank() *cohere.V2RerankRequest {
	return &cohere.V2RerankRequest{Model: "rerank-v3.5", Query: "capital", Documents: []string{"a town", "a capital"}}
}

func TestRerankIsA429Once(t *testing.T) {
	w := newWorld(t)
	w.stub(wiremock.Post(wiremock.URLPathEqualTo("/v2/rerank")).InScenario("busy").
		WhenScenarioStateIs(wiremock.ScenarioStateStarted).WillSetStateTo("idle").
		WillReturnResponse(wiremock.NewResponse().WithStatus(429).
			WithJSONBody(map[string]string{"message": "slow down"})))
	// Cohere's client comes through it by itself: it asks again.
	answer, err := w.co.V2.Rerank(context.Background(), rerank())
	require.NoError(t, err)
	require.Equal(t, 1, answer.Results[0].Index)

	pattern := wiremock.NewRequest("POST", wiremock.URLPathEqualTo("/v2/rerank")).
		WithBodyPattern(wiremock.MatchingJsonPath("$[?(@.query == 'capital')]"))
	is, err := w.wm.Verify(pattern, 2)
	require.NoError(t, err)
	require.True(t, is)
	require.NoError(t, w.wm.ResetAllScenarios())
	status, text, _ := w.send("POST", "/v2/rerank", "{}", "Content-Type", "application/json")
	require.Equal(t, 429, status)
	require.Equal(t, `{"message":"slow down"}`, text)
}

func TestTheSecondPollIsA503(t *testing.T) {
	w := newWorld(t)
	poll := func() *wiremock.StubRule {
		return wiremock.Get(wiremock.URLPathTemplate("/v1/datasets/{id}")).InScenario("polls")
	}
	w.stub(poll().WhenScenarioStateIs("Started").WillSetStateTo("second").
		WillReturnResponse(passOn{}))
	w.stub(poll().WhenScenarioStateIs("second").WillSetStateTo("later").
		WillReturnResponse(wiremock.NewResponse().WithStatus(503).WithBody(`{"message":"later"}`)))
	created := w.createDataset()
	_, err := w.co.Datasets.Get(context.Background(), *created.Id)
	require.NoError(t, err)
	_, err = w.co.Datasets.Get(context.Background(), *created.Id, option.WithMaxAttempts(1))
	var unavailable *cohere.ServiceUnavailableError
	require.True(t, errors.As(err, &unavailable), "%v", err)
	again, err := w.co.Datasets.Get(context.Background(), *created.Id)
	require.NoError(t, err)
	require.Equal(t, "d", again.Dataset.Name)
}

func (w *world) createDataset() *cohere.DatasetsCreateResponse {
	w.t.Helper()
	open := func(name string) *os.File {
		file, err := os.Open(filepath.Join("..", "..", "..", "scenarios", "data", name))
		require.NoError(w.t, err)
		w.t.Cleanup(func() { file.Close() })
		return file
	}
	created, err := w.co.Datasets.Create(context.Background(), &cohere.DatasetsCreateRequest{
		Name: "d", Type: cohere.DatasetTypeRerankerFinetuneInput,
		Data: open("rerank_train.jsonl"), EvalData: open("rerank_eval.jsonl")})
	require.NoError(w.t, err)
	return created
}

// Pass the call on to the endpoint that the stub stands before.
type passOn struct{}

func (passOn) ParseResponse() map[string]interface{} {
	return map[string]interface{}{"proxyBaseUrl": "mockhere:", "fixedDelayMilliseconds": 1}
}

// One row per way of asking: it takes the first path, not the second.
func TestRequestsAreAskedFor(t *testing.T) {
	w := newWorld(t)
	rules := []struct {
		rule    *wiremock.StubRule
		yes, no string
		with    []string // headers without which it does not match
	}{
		{rule: wiremock.Get(wiremock.URLEqualTo("/a?b=c")), yes: "/a?b=c", no: "/a"},
		{rule: wiremock.Get(wiremock.URLPathMatching("/b/[0-9]+")), yes: "/b/12", no: "/b/x"},
		{rule: wiremock.Get(wiremock.URLMatching("/c/.*z")), yes: "/c/?q=z", no: "/c/?q=y"},
		{rule: wiremock.Get(wiremock.URLPathTemplate("/d/{x}/e")).WithPathParam("x", wiremock.EqualToIgnoreCase("K")),
			yes: "/d/k/e", no: "/d/l/e"},
		{rule: wiremock.Get(wiremock.URLPathEqualTo("/f")).WithQueryParam("q", wiremock.HasExactly(
			wiremock.EqualTo("1"), wiremock.Contains("2"))), yes: "/f?q=22&q=1", no: "/f?q=1"},
		{rule: wiremock.Get(wiremock.URLPathEqualTo("/g")).WithQueryParam("q", wiremock.Includes(wiremock.EqualTo("1"))),
			yes: "/g?q=0&q=1", no: "/g?q=0"},
		{rule: wiremock.Get(wiremock.URLPathEqualTo("/h")).WithQueryParam("q", wiremock.EqualTo("1").
			Or(wiremock.StartsWith("x"))), yes: "/h?q=xy", no: "/h?q=yx"},
		{rule: wiremock.Get(wiremock.URLPathEqualTo("/i")).WithQueryParam("q", wiremock.Contains("a").
			And(wiremock.NotContains("b"))), yes: "/i?q=ac", no: "/i?q=ab"},
		{rule: wiremock.Get(wiremock.URLPathEqualTo("/j")).WithQueryParam("q", wiremock.Not(wiremock.EqualTo("1"))),
			yes: "/j?q=2", no: "/j?q=1"},
		{rule: wiremock.Get(wiremock.URLPathEqualTo("/k")).WithQueryParam("q", wiremock.Absent()), yes: "/k", no: "/k?q"},
		{rule: wiremock.Get(wiremock.URLPathEqualTo("/l")).WithQueryParam("q", wiremock.NotMatching("[a-z]")),
			yes: "/l?q=1", no: "/l?q=a"},
		{rule: wiremock.Get(wiremock.URLPathEqualTo("/m")).WithHeader("X-A", wiremock.Matching("v.*")).
			WithCookie("c", wiremock.EqualTo("d")), yes: "/m", with: []string{"x-a", "v1", "Cookie", "b=1; c=d"}},
		{rule: wiremock.Get(wiremock.URLPathEqualTo("/n")).WithBasicAuth("u", "p"), yes: "/n",
			with: []string{"Authorization", "Basic dTpw"}},
		{rule: wiremock.Get(wiremock.URLPathEqualTo("/o")).WithBearerToken(wiremock.StartsWith("abc")), yes: "/o",
			with: []string{"Authorization", "Bearer abcdef"}},
		{rule: wiremock.Get(wiremock.URLPathEqualTo("/p")).WithAuthToken(wiremock.EqualTo("abc").
			Or(wiremock.EqualTo("def"))), yes: "/p", with: []string{"Authorization", "Token def"}},
	}
	for _, row := range rules {
		w.stub(row.rule.WillReturn("yes", nil, 200))
		status, text := w.get(row.yes, row.with...)
		require.Equal(t, "yes", text, row.yes)
		require.Equal(t, 200, status, row.yes)
		if row.no != "" {
			status, _ = w.get(row.no)
			require.Equal(t, 404, status, row.no)
		}
		if row.with != nil {
			status, _ = w.get(row.yes)
			require.Equal(t, 404, status, row.yes)
		}
	}
}

func TestBodiesAreAskedFor(t *testing.T) {
	w := newWorld(t)
	rows := []struct {
		matcher wiremock.BasicParamMatcher
		yes, no string
	}{
		{wiremock.EqualToJson(`{"a":[1,2]}`, wiremock.IgnoreArrayOrder, wiremock.IgnoreExtraElements),
			`{"b":0,"a":[2,1.0]}`, `{"a":[1]}`},
		{wiremock.MustEqualToJson(map[string]int{"a": 1}), `{"a":1}`, `{"a":1,"b":2}`},
		{wiremock.MatchingJsonPath("$.documents[2]"), `{"documents":["a","b","c"]}`, `{"documents":["a","b"]}`},
		{wiremock.Contains("needle"), "a needle", "hay"},
		{wiremock.Matching("(?s)a.*z"), "a\nz", "a\ny"},
	}
	for i, row := range rows {
		path := "/" + string(rune('a'+i))
		w.stub(wiremock.Post(wiremock.URLPathEqualTo(path)).WithBodyPattern(row.matcher).WillReturn("yes", nil, 201))
		status, _, _ := w.send("POST", path, row.yes)
		require.Equal(t, 201, status, row.yes)
		status, _, _ = w.send("POST", path, row.no)
		require.Equal(t, 404, status, row.no)
	}
	form := wiremock.Post(wiremock.URLPathEqualTo("/form")).WithFormParameter("f", wiremock.EqualTo("a b"))
	w.stub(form.WillReturn("form", nil, 200))
	_, text, _ := w.send("POST", "/form", url.Values{"f": {"a b"}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, "form", text)
	part := wiremock.NewMultipartPattern().WithName("data").WithAnyMatchingType().WithBodyPattern(wiremock.Contains("relevant_passages"))
	w.stub(wiremock.Post(wiremock.URLPathEqualTo("/v1/datasets")).WithMultipartPattern(part).
		WillReturnJSON(map[string]string{"id": "stubbed"}, nil, 200))
	created := w.createDataset()
	require.Equal(t, "stubbed", *created.Id)
}

func TestAnswersOfAllKinds(t *testing.T) {
	w := newWorld(t)
	w.stub(wiremock.Get(wiremock.URLEqualTo("/bin")).WillReturnBinary([]byte{0, 1, 255}, nil, 200))
	_, text := w.get("/bin")
	require.Equal(t, "\x00\x01\xff", text)
	w.stub(wiremock.Get(wiremock.URLEqualTo("/json")).WillReturnJSON([]int{1}, map[string]string{"X-A": "b"}, 202))
	status, text, headers := w.send("GET", "/json", "")
	require.Equal(t, 202, status)
	require.Equal(t, "[1]", text)
	require.Equal(t, "b", headers.Get("X-A"))
	low := w.stub(wiremock.Get(wiremock.URLEqualTo("/p")).WillReturn("low", nil, 200).AtPriority(9))
	high := w.stub(wiremock.Get(wiremock.URLPathEqualTo("/p")).WillReturn("high", nil, 200).AtPriority(1))
	_, text, headers = w.send("GET", "/p", "")
	require.Equal(t, "high", text)
	require.Equal(t, high.UUID(), headers.Get("Matched-Stub-Id"))
	require.NoError(t, w.wm.DeleteStub(high))
	_, text = w.get("/p")
	require.Equal(t, "low", text)
	require.NoError(t, w.wm.DeleteStubByID(low.UUID()))
	requireRefused(t, 404, w.wm.DeleteStubByID(low.UUID()))
	requireRefused(t, 422, w.wm.StubFor(wiremock.Get(wiremock.URLMatching("["))))
	requireRefused(t, 422, w.wm.StubFor(wiremock.Get(wiremock.URLEqualTo("/x")).
		WithBodyPattern(wiremock.EqualToXml("<a/>"))))
	require.NoError(t, w.wm.Clear())
	status, _ = w.get("/json")
	require.Equal(t, 404, status)
}

func TestTheJournalIsRead(t *testing.T) {
	w := newWorld(t)
	rule := w.stub(wiremock.Get(wiremock.URLPathEqualTo("/seen")).WillReturn("yes", nil, 200))
	w.get("/seen?a=1&a=2", "X-A", "b", "Cookie", "c=d", "Authorization", "Bearer canary-key")
	w.get("/unseen")
	_, err := w.co.V2.Rerank(context.Background(), rerank())
	require.NoError(t, err)

	all, err := w.wm.GetAllRequests()
	require.NoError(t, err)
	require.EqualValues(t, 3, all.Meta.Total)
	first := all.Requests[2]
	require.Equal(t, rule.UUID(), first.StubMapping.ID)
	require.Equal(t, "yes", first.Response.Body)
	require.Equal(t, "/seen?a=1&a=2", first.Request.URL)
	require.Equal(t, []string{"1", "2"}, first.Request.QueryParams["a"].Values)
	require.Equal(t, "b", first.Request.Headers["X-A"])
	require.Equal(t, "d", first.Request.Cookies["c"])
	require.True(t, first.WasMatched)
	require.NotContains(t, first.Request.Headers["Authorization"], "canary-key")
	require.WithinDuration(t, time.Now(), time.UnixMilli(first.Request.LoggedDate), time.Minute)
	require.Equal(t, "POST", all.Requests[0].Request.Method)

	one, err := w.wm.GetRequestByID(first.ID)
	require.NoError(t, err)
	require.Equal(t, first.Request, one.Request)
	found, err := w.wm.FindRequestsByCriteria(wiremock.NewRequest("GET", wiremock.URLPathMatching("/.*seen")))
	require.NoError(t, err)
	require.Len(t, found.Requests, 2)
	unmatched, err := w.wm.FindUnmatchedRequests()
	require.NoError(t, err)
	require.Len(t, unmatched.Requests, 1)
	require.Equal(t, "/unseen", unmatched.Requests[0].URL)

	removed, err := w.wm.DeleteRequestsByCriteria(wiremock.NewRequest("GET", wiremock.URLPathEqualTo("/unseen")))
	require.NoError(t, err)
	require.Len(t, removed.Requests, 1)
	require.NoError(t, w.wm.DeleteRequestByID(first.ID))
	any := wiremock.NewRequest("ANY", wiremock.URLMatching(".*"))
	require.EqualValues(t, 1, w.count(any))
	require.NoError(t, w.wm.DeleteAllRequests())
	require.EqualValues(t, 0, w.count(any))
	w.get("/seen")
	require.NoError(t, w.wm.Reset())
	require.EqualValues(t, 0, w.count(any))
	status, _ := w.get("/seen")
	require.Equal(t, 404, status)
}

func TestDelaysAreWaitedFor(t *testing.T) {
	w := newWorld(t)
	rows := []wiremock.Response{
		wiremock.OK().WithFixedDelay(100 * time.Millisecond),
		wiremock.OK().WithUniformRandomDelay(100*time.Millisecond, 120*time.Millisecond),
		wiremock.OK().WithLogNormalRandomDelay(150*time.Millisecond, 0.01),
		wiremock.OK().WithBody("abcdefgh").WithChunkedDribbleDelay(4, 100*time.Millisecond),
	}
	for i, row := range rows {
		path := "/" + string(rune('a'+i))
		w.stub(wiremock.Get(wiremock.URLEqualTo(path)).WillReturnResponse(row))
		start := time.Now()
		status, _ := w.get(path)
		require.Equal(t, 200, status)
		require.GreaterOrEqual(t, time.Since(start), 95*time.Millisecond, path)
	}
}

func TestFaultsBreakTheConnection(t *testing.T) {
	w := newWorld(t)
	for i, fault := range []wiremock.Fault{wiremock.FaultEmptyResponse, wiremock.FaultMalformedResponseChunk,
		wiremock.FaultRandomDataThenClose, wiremock.FaultConnectionResetByPeer} {
		path := "/" + string(rune('a'+i))
		w.stub(wiremock.Get(wiremock.URLEqualTo(path)).WillReturnResponse(wiremock.NewResponse().WithFault(fault)))
		res, err := (&http.Client{Transport: &http.Transport{}}).Get(w.url + path)
		if err == nil {
			_, err = io.ReadAll(res.Body)
			res.Body.Close()
		}
		require.Error(t, err, fault)
	}
}
