#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_schema.h"
#include "match/matcher.h"
#include "support/failing_alloc.h"

Suite *json_schema_suite(void);

/* The suite that the authors of JSON Schema keep, as Debian packages it. */
static const char suite_dir[] = "/usr/share/json-schema-test-suite/tests";

static const struct {
    const char *dir;
    const char *file; /* NULL: all */
    enum json_schema_version version;
    int tests_min; /* fewer: they were not found */
} drafts[] = {
    {"draft4", NULL, SCHEMA_V4, 320},
    {"draft6", NULL, SCHEMA_V6, 405},
    {"draft7", NULL, SCHEMA_V7, 423},
    {"draft4/optional", "format.json", SCHEMA_V4, 10},
    {"draft6/optional", "format.json", SCHEMA_V6, 10},
    {"draft7/optional/format", NULL, SCHEMA_V7, 122},
};

/* What of it is not met: nothing is fetched, not even the schemas of schemas; and of names and
 * addresses beyond ASCII the characters are not looked up. */
static const struct {
    const char *file;
    const char *description; /* of the schema or of one test; NULL: all of the file */
} exceptions[] = {
    {"refRemote.json", NULL},
    {"definitions.json", NULL},
    {"ref.json", "remote ref, containing refs itself"},
    {"idn-hostname.json", "illegal first char U+302E Hangul single dot tone mark"},
    {"idn-hostname.json", "contains illegal char U+302E Hangul single dot tone mark"},
    {"iri.json", "an invalid IRI based on IPv6"},
};

/* The verdicts of WireMock 3.13.2, asked itself. */
/* clang-format off */
static const struct {
    const char *matcher, *subject;
    bool is_match;
} verdicts[] = {
    {"{\"matchesJsonSchema\":\"{\\\"type\\\":\\\"object\\\"}\"}", "not json", false},
    {"{\"matchesJsonSchema\":\"{\\\"type\\\":\\\"string\\\"}\"}", "not json", true},
    {"{\"matchesJsonSchema\":\"{\\\"type\\\":\\\"string\\\"}\"}", "12", true},
    {"{\"matchesJsonSchema\":\"{\\\"type\\\":\\\"integer\\\"}\"}", "12", true},
    {"{\"matchesJsonSchema\":\"{\\\"type\\\":\\\"string\\\"}\"}", "", false},
    {"{\"matchesJsonSchema\":\"{}\"}", "", false},
    {"{\"matchesJsonSchema\":\"{}\"}", "{} x", true},
    {"{\"matchesJsonSchema\":\"true\"}", "{}", true},
    {"{\"matchesJsonSchema\":false}", "{}", false},
    {"{\"matchesJsonSchema\":5}", "{}", true},
    {"{\"matchesJsonSchema\":{\"minimum\":3}}", "2", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"type\":\"string\",\"nullable\":true}}}}", "{\"a\":null}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"type\":\"string\"}}}}", "{\"a\":null}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"type\":[\"string\",\"nosuch\"]}}}}", "{\"a\":\"x\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"type\":[\"integer\",\"nosuch\"]}}}}", "{\"a\":\"x\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"type\":\"nosuch\"}}}}", "{\"a\":\"x\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"type\":\"any\"}}}}", "{\"a\":\"x\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"type\":5}}}}", "{\"a\":\"x\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"type\":[]}}}}", "{\"a\":\"x\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"enum\":[\"a\"],\"nullable\":true}}}}", "{\"a\":null}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"enum\":5}}}}", "{\"a\":1}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"enum\":[1.0]}}}}", "{\"a\":1}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"const\":1.0}}}}", "{\"a\":1}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"uniqueItems\":true}}}}", "{\"a\":[{\"a\":1},{\"a\":1}]}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"multipleOf\":0.01}}}}", "{\"a\":0.07}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"multipleOf\":0.01}}}}", "{\"a\":19.99}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"multipleOf\":0.1}}}}", "{\"a\":0.25}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"multipleOf\":0}}}}", "{\"a\":3}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"multipleOf\":-2}}}}", "{\"a\":4}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"multipleOf\":1e-08}}}}", "{\"a\":12391239123}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"multipleOf\":0.3}}}}", "{\"a\":0.9}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"minimum\":3}}}}", "{\"a\":2}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"maxLength\":2}}}}", "{\"a\":\"💩💩\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"maxLength\":1.0}}}}", "{\"a\":\"ab\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"maxLength\":-1}}}}", "{\"a\":\"\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"required\":\"b\"}}}}", "{\"a\":{}}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"required\":true}}}}", "{\"a\":{}}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"required\":[\"b\"]}}}}", "{\"a\":{}}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"pattern\":\"^\\\\d+$\"}}}}", "{\"a\":\"123\\n\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"pattern\":\"^\\\\p{L}+$\"}}}}", "{\"a\":\"é\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"pattern\":\"\\\\w\"}}}}", "{\"a\":\"é\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"pattern\":\"a.c\"}}}}", "{\"a\":\"a\\nc\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"pattern\":\"^a\"}}}}", "{\"a\":\"b\\na\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"patternProperties\":{\"^x\":{\"type\":\"integer\"}}}}}}", "{\"a\":{\"x1\":\"s\"}}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"minContains\":2,\"contains\":{\"const\":1}}}}}", "{\"a\":[1]}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"minContains\":0,\"contains\":{\"const\":1}}}}}", "{\"a\":[]}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"maxContains\":1,\"contains\":{\"const\":1}}}}}", "{\"a\":[1,1]}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"minContains\":2,\"contains\":{\"const\":1}}}},\"schemaVersion\":\"V7\"}", "{\"a\":[1]}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"dependentRequired\":{\"b\":[\"c\"]}}}}}", "{\"a\":{\"b\":1}}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"dependentRequired\":{\"b\":[\"c\"]}}}},\"schemaVersion\":\"V7\"}", "{\"a\":{\"b\":1}}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"dependencies\":{\"b\":[\"c\"]}}}}}", "{\"a\":{\"b\":1}}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"dependencies\":{\"b\":[\"c\"]}}}},\"schemaVersion\":\"V201909\"}", "{\"a\":{\"b\":1}}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"dependentSchemas\":{\"b\":{\"required\":[\"c\"]}}}}},\"schemaVersion\":\"V7\"}", "{\"a\":{\"b\":1}}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"items\":[{\"type\":\"string\"}]}}}}", "{\"a\":[1]}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"items\":[{\"type\":\"string\"}]}}},\"schemaVersion\":\"V201909\"}", "{\"a\":[1]}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"prefixItems\":[{\"type\":\"string\"}]}}},\"schemaVersion\":\"V201909\"}", "{\"a\":[1]}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"prefixItems\":[{\"type\":\"string\"}],\"items\":false}}}}", "{\"a\":[\"a\",1]}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"items\":[{}],\"additionalItems\":false}}}}", "{\"a\":[1,2]}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"items\":[{}],\"additionalItems\":false}}},\"schemaVersion\":\"V201909\"}", "{\"a\":[1,2]}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"additionalItems\":false}}},\"schemaVersion\":\"V7\"}", "{\"a\":[1,2]}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"unevaluatedProperties\":false}}},\"schemaVersion\":\"V7\"}", "{\"a\":{\"b\":1}}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"propertyNames\":{\"maxLength\":1}}}}}", "{\"a\":{\"bb\":1}}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"propertyNames\":{\"maxLength\":1}}}},\"schemaVersion\":\"V4\"}", "{\"a\":{\"bb\":1}}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"contains\":{\"const\":1}}}},\"schemaVersion\":\"V4\"}", "{\"a\":[2]}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"contains\":false}}}}", "{\"a\":[]}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"exclusiveMaximum\":3}}}}", "{\"a\":3}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"exclusiveMaximum\":3}}},\"schemaVersion\":\"V4\"}", "{\"a\":3}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"maximum\":3,\"exclusiveMaximum\":true}}},\"schemaVersion\":\"V4\"}", "{\"a\":3}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":false}}}", "{\"a\":1}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":true}}}", "{\"a\":1}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":5}}}", "{\"a\":1}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":[]}}}", "{\"a\":1}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":null}}}", "{\"a\":1}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"allOf\":[]}}}}", "{\"a\":1}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"anyOf\":[]}}}}", "{\"a\":1}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"oneOf\":[]}}}}", "{\"a\":1}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"oneOf\":{}}}}}", "{\"a\":1}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"not\":{}}}}}", "{\"a\":1}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"if\":{\"type\":\"integer\"},\"then\":{\"const\":3},\"else\":{\"const\":\"x\"}}}}}", "{\"a\":\"y\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"if\":{\"type\":\"integer\"},\"then\":{\"const\":3}}}},\"schemaVersion\":\"V6\"}", "{\"a\":4}", true},
    {"{\"matchesJsonSchema\":{\"definitions\":{\"a\":{\"type\":\"string\"}},\"properties\":{\"a\":{\"$ref\":\"#/definitions/a\"}}}}", "{\"a\":1}", false},
    {"{\"matchesJsonSchema\":{\"definitions\":{\"a\":{\"type\":\"string\"}},\"properties\":{\"a\":{\"$ref\":\"#/definitions/a\",\"type\":\"integer\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":1}", false},
    {"{\"matchesJsonSchema\":{\"definitions\":{\"a\":{\"$id\":\"#foo\",\"type\":\"string\"}},\"properties\":{\"a\":{\"$ref\":\"#foo\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":1}", false},
    {"{\"matchesJsonSchema\":{\"definitions\":{\"a\":{\"$id\":\"#foo\",\"type\":\"string\"}},\"properties\":{\"a\":{\"$ref\":\"#foo\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"x\"}", true},
    {"{\"matchesJsonSchema\":{\"definitions\":{\"a\":{\"id\":\"#foo\",\"type\":\"string\"}},\"properties\":{\"a\":{\"$ref\":\"#foo\"}}},\"schemaVersion\":\"V4\"}", "{\"a\":\"x\"}", true},
    {"{\"matchesJsonSchema\":{\"$defs\":{\"a\":{\"$anchor\":\"foo\",\"type\":\"string\"}},\"properties\":{\"a\":{\"$ref\":\"#foo\"}}}}", "{\"a\":\"x\"}", true},
    {"{\"matchesJsonSchema\":{\"$id\":\"http://x.org/s.json\",\"$defs\":{\"a\":{\"$id\":\"t.json\",\"type\":\"string\"}},\"properties\":{\"a\":{\"$ref\":\"t.json\"}}}}", "{\"a\":\"x\"}", true},
    {"{\"matchesJsonSchema\":{\"$id\":\"http://x.org/s.json\",\"$defs\":{\"a\":{\"$id\":\"t.json\",\"type\":\"string\"}},\"properties\":{\"a\":{\"$ref\":\"t.json\"}}}}", "{\"a\":1}", false},
    {"{\"matchesJsonSchema\":{\"$id\":\"http://x.org/s.json\",\"$defs\":{\"a\":{\"$id\":\"/t/\",\"$defs\":{\"b\":{\"type\":\"string\"}}}},\"properties\":{\"a\":{\"$ref\":\"/t/#/$defs/b\"}}}}", "{\"a\":1}", false},
    {"{\"matchesJsonSchema\":{\"$dynamicAnchor\":\"node\",\"properties\":{\"a\":{\"$dynamicRef\":\"#node\"}}}}", "{\"a\":{}}", true},
    {"{\"matchesJsonSchema\":{\"$recursiveAnchor\":true,\"properties\":{\"a\":{\"$recursiveRef\":\"#\"}},\"required\":[\"a\"]},\"schemaVersion\":\"V201909\"}", "{\"a\":{}}", false},
    {"{\"matchesJsonSchema\":{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"properties\":{\"a\":{\"const\":1}}}}", "{\"a\":2}", true},
    {"{\"matchesJsonSchema\":{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"properties\":{\"a\":{\"format\":\"date\"}}}}", "{\"a\":\"x\"}", false},
    {"{\"matchesJsonSchema\":{\"$schema\":\"http://json-schema.org/draft-07/schema\",\"properties\":{\"a\":{\"format\":\"date\"}}}}", "{\"a\":\"x\"}", false},
    {"{\"matchesJsonSchema\":{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"properties\":{\"a\":{\"format\":\"date\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"x\"}", true},
    {"{\"matchesJsonSchema\":{\"$schema\":\"https://json-schema.org/draft-07/schema#\",\"properties\":{\"a\":{\"format\":\"date\"}}}}", "{\"a\":\"x\"}", false},
    {"{\"matchesJsonSchema\":{\"type\":\"object\"}}", "{\"a\":1", false},
    {"{\"matchesJsonSchema\":{\"type\":\"object\"}}", "{\"a\":1,\"a\":2}", true},
    {"{\"matchesJsonSchema\":{\"type\":\"string\"}}", "true", true},
    {"{\"matchesJsonSchema\":{\"type\":\"boolean\"}}", "true", true},
    {"{\"matchesJsonSchema\":{\"type\":\"null\"}}", "null", true},
    {"{\"matchesJsonSchema\":{\"type\":\"string\"}}", "\"a\" b", true},
    {"{\"matchesJsonSchema\":{\"maxLength\":2}}", "abc", false},
    {"{\"matchesJsonSchema\":{\"maxLength\":3}}", "\"abc\"", true},
    {"{\"matchesJsonSchema\":{\"maxLength\":4}}", "\"abcd\"", true},
    {"{\"matchesJsonSchema\":{\"maxLength\":3}}", "abcd", false},
    {"{\"matchesJsonSchema\":{\"minLength\":6}}", "\"abcd\"", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"date-time\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"2020-01-01T00:00:00Z\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"date-time\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"2020-01-01t00:00:00z\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"date-time\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"2020-01-01 00:00:00Z\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"date-time\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"2020-01-01T00:00:00\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"date-time\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"2020-13-01T00:00:00Z\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"date-time\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"1998-12-31T23:59:60Z\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"date-time\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"2020-01-01T00:00:00.123+01:00\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"date-time\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"2020-01-01T24:00:00Z\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"date\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"2020-02-30\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"date\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"2020-02-29\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"date\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"2020-2-3\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"time\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"12:00:00Z\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"time\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"12:00:00\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"time\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"24:00:00Z\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"time\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"12:00:00+01:00\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"email\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a@b\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"email\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"email\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"@b\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"email\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a b@c.d\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"email\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a@b..c\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"hostname\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a.b\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"hostname\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"-a\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"hostname\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a_b\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"hostname\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a.\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"hostname\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"ipv4\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"1.2.3.4\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"ipv4\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"1.2.3.256\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"ipv4\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"01.2.3.4\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"ipv4\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"1.2.3\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"ipv6\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"::1\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"ipv6\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"1::2::3\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"ipv6\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"::ffff:1.2.3.4\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"ipv6\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"fe80::1%eth0\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"ipv6\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"12345::\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uri\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"http://a.b\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uri\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"//a.b\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uri\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uri\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"http://a b\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uri\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a:b\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uri\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"http://[::1]\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uri\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"\\\\\\\\x\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uri-reference\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uri-reference\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"/a b\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uri-reference\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"\\\\\\\\x\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uri-reference\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"#f\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uuid\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"2EB8AA08-AA98-11EA-B4AA-73B441D16380\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uuid\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"2eb8aa08aa9811eab4aa73b441d16380\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uuid\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"x\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"regex\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"[a\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"regex\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"regex\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"\\\\Z\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"regex\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"^(?<x>a)$\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"json-pointer\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"json-pointer\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"/a\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"json-pointer\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"json-pointer\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"/a~2\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"json-pointer\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"/a~1\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"json-pointer\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"#/a\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"relative-json-pointer\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"0\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"relative-json-pointer\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"1/a\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"relative-json-pointer\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"-1\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"relative-json-pointer\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"01\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"relative-json-pointer\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"0#\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"duration\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"P1D\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"duration\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"P\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"duration\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"PT1H\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"duration\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"1D\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"duration\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"P1Y2M\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"idn-email\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"idn-email\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a@b\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"idn-hostname\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a.b\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"idn-hostname\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"-a\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"iri\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"iri\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"http://a\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"iri-reference\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"\\\\\\\\x\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"iri-reference\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uri-template\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"{a\"}", false},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"uri-template\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"a{b}\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"host-name\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"-a\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"nosuch\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"x\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"byte\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"?\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"int32\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"x\"}", true},
    {"{\"matchesJsonSchema\":{\"properties\":{\"a\":{\"format\":\"password\"}}},\"schemaVersion\":\"V7\"}", "{\"a\":\"x\"}", true},
};

static const struct {
    const char *matcher, *error;
} refused[] = {
    {"{\"matchesJsonSchema\":\"{\"}", "matchesJsonSchema operand must be JSON: string or '}' expected near end of file, in line 1, column 1"},
    {"{\"matchesJsonSchema\":{},\"schemaVersion\":\"V3\"}", "schemaVersion must be one of [ \"V4\", \"V6\", \"V7\", \"V201909\", \"V202012\" ]"},
    {"{\"matchesJsonSchema\":{},\"schemaVersion\":null}", "schemaVersion must be one of [ \"V4\", \"V6\", \"V7\", \"V201909\", \"V202012\" ]"},
    {"{\"matchesJsonSchema\":{\"pattern\":\"[\"}}", "not a regular expression: missing terminating ] for character class at character 2"},
    {"{\"matchesJsonSchema\":{\"patternProperties\":{\"[\":{}}}}", "not a regular expression: missing terminating ] for character class at character 2"},
    {"{\"matchesJsonSchema\":{\"$ref\":\"http://a.b/c\"}}", "$ref to 'http://a.b/c' leads out of the schema, and nothing is fetched here"},
    {"{\"matchesJsonSchema\":{\"$ref\":\"#/x\"}}", "$ref to '#/x' leads nowhere"},
    {"{\"matchesJsonSchema\":{\"$ref\":\"#x\"}}", "$ref to '#x' leads nowhere"},
    {"{\"matchesJsonSchema\":{\"$schema\":\"http://a.b\"}}", "$schema names a draft that is not known: 4, 6, 7, 2019-09 and 2020-12 are"},
    {"{\"matchesJsonSchema\":{\"unevaluatedItems\":false}}", "unevaluatedItems is not supported here"},
    {"{\"matchesJsonSchema\":{\"$dynamicRef\":\"#a\",\"$dynamicAnchor\":\"a\",\"$defs\":{\"b\":{\"$dynamicAnchor\":\"b\"}}}}", "$dynamicRef and $recursiveRef are supported where they can lead to one place only"},
};
/* clang-format on */

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static bool is_excepted(const char *file, const json_t *group, const json_t *test)
{
    for (size_t i = 0; i < ARRAY_LEN(exceptions); i++) {
        const char *description = exceptions[i].description;

        if (strcmp(exceptions[i].file, file) == 0 &&
            (!description || strcmp(description, text_of(group, "description")) == 0 ||
             strcmp(description, text_of(test, "description")) == 0))
            return true;
    }
    return false;
}

static int try_group(const char *file, json_t *group, enum json_schema_version version)
{
    json_t *tests = json_object_get(group, "tests"), *test;
    char error[300] = "";
    struct json_schema *schema =
        json_schema_new(json_object_get(group, "schema"), version, error, sizeof(error));
    size_t index;

    json_array_foreach (tests, index, test) {
        enum match_result wanted = match_of(json_is_true(json_object_get(test, "valid")));

        if (is_excepted(file, group, test))
            continue;
        ck_assert_msg(schema, "%s: %s: %s", file, text_of(group, "description"), error);
        ck_assert_msg(json_schema_match(schema, json_object_get(test, "data")) == wanted,
                      "%s: %s: %s", file, text_of(group, "description"),
                      text_of(test, "description"));
    }
    json_schema_free(schema);
    return (int)json_array_size(tests);
}

static int try_file(const char *dir, const char *name, enum json_schema_version version)
{
    char path[512];
    json_error_t error;
    json_t *groups, *group;
    size_t index;
    int count = 0;

    (void)snprintf(path, sizeof(path), "%s/%s/%s", suite_dir, dir, name);
    groups = json_load_file(path, JSON_ALLOW_NUL, &error);
    /* One file has numbers that no double holds. */
    if (!groups)
        return 0;
    json_array_foreach (groups, index, group)
        count += try_group(name, group, version);
    json_decref(groups);
    return count;
}

START_TEST(the_suite_of_a_draft_is_met)
{
    char path[512];
    const struct dirent *entry;
    DIR *dir;
    int count = 0;

    (void)snprintf(path, sizeof(path), "%s/%s", suite_dir, drafts[_i].dir);
    dir = opendir(path);
    ck_assert_msg(dir, "%s: install json-schema-test-suite", path);
    while ((entry = readdir(dir)))
        if (drafts[_i].file ? strcmp(entry->d_name, drafts[_i].file) == 0
                            : strstr(entry->d_name, ".json") != NULL)
            count += try_file(drafts[_i].dir, entry->d_name, drafts[_i].version);
    (void)closedir(dir);
    ck_assert_int_ge(count, drafts[_i].tests_min);
}
END_TEST

static struct matcher *make(const char *text, char *error, size_t error_size)
{
    json_error_t problem;
    json_t *json = json_loads(text, 0, &problem);
    struct matcher *matcher;

    ck_assert_msg(json, "%s: %s", text, problem.text);
    matcher = matcher_new(json, error, error_size);
    json_decref(json);
    return matcher;
}

static enum match_result try(const char *text, const char *data, size_t len)
{
    struct match_subject subject = {.data = data, .len = len};
    char error[300];
    struct matcher *matcher = make(text, error, sizeof(error));
    enum match_result result;

    ck_assert_msg(matcher, "%s: %s", text, error);
    result = matcher_match(matcher, &subject);
    match_subject_done(&subject);
    matcher_free(matcher);
    return result;
}

START_TEST(schemas_decide_as_wiremock_does)
{
    const char *subject = verdicts[_i].subject;

    ck_assert_msg(try(verdicts[_i].matcher, subject, strlen(subject)) ==
                      match_of(verdicts[_i].is_match),
                  "%s on %s", verdicts[_i].matcher, subject);
}
END_TEST

START_TEST(what_is_no_schema_is_refused_with_a_sentence)
{
    char error[300];

    ck_assert_ptr_null(make(refused[_i].matcher, error, sizeof(error)));
    ck_assert_str_eq(error, refused[_i].error);
}
END_TEST

/* Each level doubles the work of the one below it. */
START_TEST(a_schema_that_doubles_its_work_fails_soon)
{
    json_t *defs = json_object(), *schema;
    char error[300], name[16], ref[32];
    struct json_schema *made;
    json_t *value = json_integer(1);

    for (int i = 0; i < 60; i++) {
        (void)snprintf(name, sizeof(name), "d%d", i);
        (void)snprintf(ref, sizeof(ref), "#/$defs/d%d", i + 1);
        json_object_set_new(defs, name,
                            json_pack("{s:[{s:s},{s:s}]}", "allOf", "$ref", ref, "$ref", ref));
    }
    json_object_set_new(defs, "d60", json_object());
    schema = json_pack("{s:s,s:o}", "$ref", "#/$defs/d0", "$defs", defs);
    made = json_schema_new(schema, SCHEMA_V202012, error, sizeof(error));
    ck_assert_msg(made, "%s", error);
    ck_assert_int_eq(json_schema_match(made, value), MATCH_FAILED);
    json_schema_free(made);
    json_decref(schema);
    json_decref(value);
}
END_TEST

START_TEST(a_schema_that_turns_in_a_circle_fails)
{
    ck_assert_int_eq(try("{\"matchesJsonSchema\":{\"$ref\":\"#\"}}", "{}", 2), MATCH_FAILED);
    ck_assert_int_eq(try("{\"matchesJsonSchema\":{\"not\":{\"$ref\":\"#\"}}}", "{}", 2),
                     MATCH_FAILED);
}
END_TEST

START_TEST(a_schema_nested_too_deep_is_refused)
{
    json_t *schema = json_object();
    char error[300];

    for (int i = 0; i < 100; i++)
        schema = json_pack("{s:o}", "not", schema);
    ck_assert_ptr_null(json_schema_new(schema, SCHEMA_V7, error, sizeof(error)));
    ck_assert_str_eq(error, "a schema may hold at most 5000 others, nested 64 deep");
    json_decref(schema);
}
END_TEST

START_TEST(many_items_are_told_apart_at_once)
{
    json_t *schema = json_pack("{s:b}", "uniqueItems", 1), *items = json_array();
    char error[300];
    struct json_schema *made = json_schema_new(schema, SCHEMA_V7, error, sizeof(error));

    for (int i = 0; i < 100000; i++)
        json_array_append_new(items, json_pack("{s:i,s:s}", "i", i, "s", "same"));
    ck_assert_int_eq(json_schema_match(made, items), MATCH_YES);
    json_array_append_new(items, json_pack("{s:s,s:f}", "s", "same", "i", 5.0));
    ck_assert_int_eq(json_schema_match(made, items), MATCH_NO);
    json_schema_free(made);
    json_decref(schema);
    json_decref(items);
}
END_TEST

START_TEST(a_schema_for_which_memory_runs_out_leaks_nothing)
{
    json_error_t problem;
    json_t *schema = json_loads(
        "{\"$id\":\"http://a.b/c\",\"$defs\":{\"x\":{\"$anchor\":\"x\",\"pattern\":\"^a\"}},"
        "\"patternProperties\":{\"^b\":{\"$ref\":\"#x\"}},\"items\":[{\"$ref\":\"c#/$defs/x\"}],"
        "\"dependencies\":{\"b\":[\"c\"]},\"propertyNames\":{\"format\":\"date\"},\"uniqueItems\":"
        "true}",
        0, &problem);
    struct json_schema *made = NULL;
    char error[300];

    ck_assert_msg(schema, "%s", problem.text);
    for (size_t i = 0; !made; i++) {
        failing_alloc_once_after(i);
        made = json_schema_new(schema, SCHEMA_V202012, error, sizeof(error));
        ck_assert(failing_alloc_stop() != (made != NULL));
        ck_assert_int_lt((int)i, 1000);
    }
    json_schema_free(made);
    json_decref(schema);
}
END_TEST

Suite *json_schema_suite(void)
{
    Suite *suite = suite_create("json_schema");
    TCase *tcase = tcase_create("json_schema");

    tcase_add_loop_test(tcase, the_suite_of_a_draft_is_met, 0, ARRAY_LEN(drafts));
    tcase_add_loop_test(tcase, schemas_decide_as_wiremock_does, 0, ARRAY_LEN(verdicts));
    tcase_add_loop_test(tcase, what_is_no_schema_is_refused_with_a_sentence, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, a_schema_that_doubles_its_work_fails_soon);
    tcase_add_test(tcase, a_schema_that_turns_in_a_circle_fails);
    tcase_add_test(tcase, a_schema_nested_too_deep_is_refused);
    tcase_add_test(tcase, many_items_are_told_apart_at_once);
    tcase_add_test(tcase, a_schema_for_which_memory_runs_out_leaks_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
