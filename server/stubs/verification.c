#include "stubs/verification.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/timestamp.h"

void verification_result_done(struct verification_result *result)
{
    journal_list_done(&result->calls);
}

static bool takes(const struct request_pattern *pattern, struct match_request *request)
{
    return request_pattern_match(pattern, request) == MATCH_YES;
}

bool verification_takes(const struct verification *verification, const struct journal_entry *entry)
{
    struct match_request request;
    bool result = false;

    journal_entry_view(entry, &request);
    for (size_t i = 0; i < verification->pattern_count && !result; i++)
        result = takes(verification->patterns[i], &request);
    match_request_done(&request);
    return result;
}

/* What has been found of one pattern of an order. */
struct place {
    size_t wanted;   /* the first match, or the second, ... */
    uint64_t number; /* of the entry; 0: there is none yet */
};

/* Find which of its matches each pattern stands for. */
static void count_repeats(const struct verification *verification, struct place *places)
{
    for (size_t i = 0; i < verification->pattern_count; i++) {
        places[i] = (struct place){.wanted = 1};
        for (size_t j = 0; j < i; j++)
            places[i].wanted += json_equal(request_pattern_json(verification->patterns[i]),
                                           request_pattern_json(verification->patterns[j])) != 0;
    }
}

/* Show an entry to all patterns. Returns whether one takes it. */
static bool note(const struct verification *verification, const struct journal_entry *entry,
                 struct place *places)
{
    struct match_request request;
    bool is_taken = false;

    journal_entry_view(entry, &request);
    for (size_t i = 0; i < verification->pattern_count; i++) {
        if (!takes(verification->patterns[i], &request))
            continue;
        is_taken = true;
        if (places[i].wanted > 0 && --places[i].wanted == 0)
            places[i].number = entry->number;
    }
    match_request_done(&request);
    return is_taken;
}

static enum verification_failure judge_order(const struct verification *verification,
                                             const struct place *places,
                                             struct verification_result *out)
{
    for (size_t i = 0; i < verification->pattern_count; i++) {
        for (size_t j = i + 1; j < verification->pattern_count; j++) {
            bool is_missing = places[i].number == 0;

            if (places[j].number == 0 || (!is_missing && places[i].number < places[j].number))
                continue;
            out->late = i;
            out->early = j;
            return VERIFICATION_WRONG_ORDER;
        }
        if (places[i].number == 0) {
            out->late = i;
            return VERIFICATION_MISSING;
        }
    }
    return VERIFICATION_FINE;
}

static enum verification_failure judge(const struct verification *verification,
                                       const struct place *places, struct verification_result *out)
{
    if (!verification->in_order && out->matched > verification->most)
        return VERIFICATION_TOO_MANY;
    if (verification->and_no_more && out->others > 0)
        return VERIFICATION_OTHERS;
    if (verification->in_order)
        return judge_order(verification, places, out);
    return out->matched < verification->least ? VERIFICATION_TOO_FEW : VERIFICATION_FINE;
}

bool verification_check(const struct verification *verification, struct journal *journal,
                        struct verification_result *out)
{
    struct verification_result result = {.matched = 0};
    struct place *places = calloc(verification->pattern_count, sizeof(*places));

    if (!places || !journal_list(journal, &result.calls)) {
        free(places);
        return false;
    }
    count_repeats(verification, places);
    for (size_t i = result.calls.count; i > 0; i--) {
        if (note(verification, result.calls.items[i - 1], places))
            result.matched++;
        else
            result.others++;
    }
    result.failure = judge(verification, places, &result);
    free(places);
    *out = result;
    return true;
}

bool verification_wait(const struct verification *verification, struct journal *journal,
                       uint32_t within_ms, struct verification_result *out)
{
    int64_t until_ms = clock_monotonic_ms() + within_ms;

    for (;;) {
        uint64_t added = journal_count(journal).added;
        int64_t left_ms;

        if (!verification_check(verification, journal, out))
            return false;
        left_ms = until_ms - clock_monotonic_ms();
        if (out->failure != VERIFICATION_TOO_FEW && out->failure != VERIFICATION_MISSING)
            return true;
        /* Without a new call the time is over, or the journal is. */
        if (left_ms <= 0 || journal_wait(journal, added, (uint32_t)left_ms) <= added)
            return true;
        verification_result_done(out);
    }
}
