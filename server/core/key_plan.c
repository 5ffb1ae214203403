#include "core/key_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"

/* clang-format off */
const struct key_plan_row key_plans[KEY_PLAN_COUNT] = {
    [KEY_PRODUCTION] = {"production", NULL,       "works, within the limits of a production key"},
    [KEY_TRIAL]      = {"trial",      "trial-",   "works, within the limits of a trial key"},
    [KEY_EXPIRED]    = {"expired",    "expired-", "401: the key has expired"},
    [KEY_INVALID]    = {"invalid",    "invalid-", "401: the key is unknown"},
    [KEY_BLOCKED]    = {"blocked",    "blocked-", "402: the bill is not paid"},
    [KEY_LIMITED]    = {"limited",    "limited-", "429: past the limit, always"},
    [KEY_FLAKY]      = {"flaky",      "flaky-",   "works, but each third call is a 503"},
    [KEY_SLOW]       = {"slow",       "slow-",    "works, but each answer is two seconds late"},
    [KEY_ANY]        = {NULL,         NULL,       "works"},
};
/* clang-format on */

enum key_plan key_plan_of_magic(struct text key)
{
    for (int plan = 0; plan < KEY_PLAN_COUNT; plan++)
        if (key_plans[plan].prefix && text_has_prefix(key, text_of(key_plans[plan].prefix)))
            return (enum key_plan)plan;
    return KEY_ANY;
}

void key_plans_write_magic(struct json_writer *w)
{
    json_write_array(w);
    for (int plan = 0; plan < KEY_PLAN_COUNT; plan++) {
        if (!key_plans[plan].prefix)
            continue;
        json_write_object(w);
        json_write_member_string(w, "prefix", key_plans[plan].prefix);
        json_write_member_string(w, "plan", key_plans[plan].name);
        json_write_member_string(w, "effect", key_plans[plan].effect);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

static bool find_plan(struct text name, enum key_plan *out)
{
    for (int plan = 0; plan < KEY_PLAN_COUNT; plan++) {
        if (key_plans[plan].name && text_eq(name, text_of(key_plans[plan].name))) {
            *out = (enum key_plan)plan;
            return true;
        }
    }
    return false;
}

void key_list_done(struct key_list *list)
{
    free(list->items);
    *list = (struct key_list){0};
}

static bool is_hexadecimal(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (!(t.data[i] >= '0' && t.data[i] <= '9') && !(t.data[i] >= 'a' && t.data[i] <= 'f'))
            return false;
    return true;
}

static void digest_of(struct text key, char out[SHA256_HEX_SIZE])
{
    const struct text scheme = TEXT("sha256:");
    struct text digits = {key.data + scheme.len, key.len - scheme.len};

    if (text_has_prefix(key, scheme) && digits.len == SHA256_HEX_SIZE - 1 &&
        is_hexadecimal(digits)) {
        memcpy(out, digits.data, digits.len);
        out[digits.len] = '\0';
        return;
    }
    sha256_hex(key, out);
}

/* The index of `digest`, or where it would be inserted. */
static size_t find_item(const struct key_list *list, const char *digest, bool *found)
{
    size_t low = 0, high = list->count;

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(list->items[middle].digest, digest);

        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Add a key to a list that has room for it. */
static void add_item(struct key_list *list, const struct declared_key *key)
{
    bool found;
    size_t at = find_item(list, key->digest, &found);

    if (!found) {
        memmove(&list->items[at + 1], &list->items[at],
                (list->count - at) * sizeof(list->items[0]));
        list->count++;
    }
    list->items[at] = *key;
}

static bool refuse(struct buf *problem, const char *sentence)
{
    buf_add_string(problem, sentence);
    return false;
}

static bool set_plan(struct text name, struct declared_key *key, struct buf *problem)
{
    if (find_plan(name, &key->plan))
        return true;
    buf_add_string(problem, "plan must be one of ");
    for (int plan = 0; key_plans[plan].name; plan++)
        buf_add_format(problem, "%s%s", plan ? ", " : "", key_plans[plan].name);
    return false;
}

static bool set_digest(struct text secret, struct declared_key *key, struct buf *problem)
{
    if (secret.len == 0)
        return refuse(problem, "a key must not be empty");
    digest_of(secret, key->digest);
    return true;
}

/* Read the value of the member whose name was read last. */
static bool read_member(struct json_scan *scan, bool is_key, struct declared_key *key,
                        struct buf *problem)
{
    AUTO(buf_done) struct buf scratch = {0};
    struct text value = {0};

    if (json_scan_next(scan) != JSON_SCAN_STRING)
        return refuse(problem, "key and plan must be strings");
    if (!json_scan_string(scan, &scratch, &value)) {
        problem->failed = true;
        return false;
    }
    return is_key ? set_digest(value, key, problem) : set_plan(value, key, problem);
}

/* Read the members of one key, whose object has begun. */
static bool read_key(struct json_scan *scan, struct declared_key *key, struct buf *problem)
{
    static const char wanted[] = "a declared key has two members: key and plan";
    bool has_plan = false;

    while (json_scan_next(scan) == JSON_SCAN_KEY) {
        bool is_key = json_scan_is(scan, TEXT("key"));

        if (!is_key && !json_scan_is(scan, TEXT("plan")))
            return refuse(problem, wanted);
        if (!read_member(scan, is_key, key, problem))
            return false;
        has_plan = has_plan || !is_key;
    }
    return key->digest[0] && has_plan ? true : refuse(problem, wanted);
}

static bool read_keys(struct json_scan *scan, struct key_list *list, struct buf *problem)
{
    if (json_scan_next(scan) != JSON_SCAN_ARRAY)
        return refuse(problem, "keys must be an array");
    while (json_scan_next(scan) == JSON_SCAN_OBJECT) {
        struct declared_key key = {0};

        if (list->count == DECLARED_KEYS_MAX)
            return refuse(problem, "a world has at most 1000 keys");
        if (!read_key(scan, &key, problem))
            return false;
        add_item(list, &key);
    }
    return scan->token == JSON_SCAN_ARRAY_END ? true
                                              : refuse(problem, "keys must be an array of objects");
}

static bool read_list(struct json_scan *scan, struct key_list *list, struct buf *problem)
{
    static const char wanted[] = "send an object with one member: keys";

    if (json_scan_next(scan) != JSON_SCAN_OBJECT)
        return refuse(problem, wanted);
    if (json_scan_next(scan) != JSON_SCAN_KEY || !json_scan_is(scan, TEXT("keys")))
        return refuse(problem, wanted);
    if (!read_keys(scan, list, problem))
        return false;
    return json_scan_next(scan) == JSON_SCAN_OBJECT_END ? true : refuse(problem, wanted);
}

bool key_list_read(struct text json, struct key_list *out, struct buf *problem)
{
    struct key_list list = {0};
    struct json_scan scan;
    char why[96];

    if (!json_scan_check(json, JSON_SCAN_DEPTH_MAX, why, sizeof(why))) {
        buf_add_format(problem, "the keys are not JSON: %s", why);
        return false;
    }
    list.items = calloc(DECLARED_KEYS_MAX, sizeof(list.items[0]));
    if (!list.items) {
        problem->failed = true;
        return false;
    }
    json_scan_init(&scan, json, JSON_SCAN_DEPTH_MAX);
    if (!read_list(&scan, &list, problem)) {
        key_list_done(&list);
        return false;
    }
    *out = list;
    return true;
}

void key_list_write(const struct key_list *list, bool is_short, struct json_writer *w)
{
    json_write_object(w);
    json_write_key(w, "keys");
    json_write_array(w);
    for (size_t i = 0; i < list->count; i++) {
        char key[sizeof("sha256:") + SHA256_HEX_SIZE];

        (void)snprintf(key, sizeof(key), "sha256:%.*s", is_short ? 8 : SHA256_HEX_SIZE - 1,
                       list->items[i].digest);
        json_write_object(w);
        json_write_member_string(w, "key", key);
        json_write_member_string(w, "plan", key_plans[list->items[i].plan].name);
        json_write_object_end(w);
    }
    json_write_array_end(w);
    json_write_object_end(w);
}

bool key_list_copy(const struct key_list *list, struct key_list *out)
{
    struct key_list copy = {.count = list->count};

    if (list->count == 0)
        return true;
    copy.items = calloc(list->count, sizeof(copy.items[0]));
    if (!copy.items)
        return false;
    memcpy(copy.items, list->items, list->count * sizeof(copy.items[0]));
    *out = copy;
    return true;
}

enum key_plan key_list_find(const struct key_list *list, const char *digest)
{
    bool found;
    size_t at = find_item(list, digest, &found);

    return found ? list->items[at].plan : KEY_INVALID;
}
