#define PCRE2_CODE_UNIT_WIDTH 8
#include "match/regex.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATTERN_LEN_MAX = 65536,
    /* PCRE2 counts its own steps; these end the usual pathological patterns within milliseconds. */
    MATCH_STEPS_MAX = 1000000,
    HEAP_KIB_MAX = 20000
};

struct regex {
    pcre2_code *whole; /* anchored at both ends */
    pcre2_code *part;
};

/* What a compilation is given. */
struct source {
    const char *pattern;
    size_t len;
    pcre2_compile_context *context;
    uint32_t flags;
};

enum match_result match_of(bool is_match)
{
    return is_match ? MATCH_YES : MATCH_NO;
}

enum match_result match_opposite(enum match_result result)
{
    if (result == MATCH_FAILED)
        return result;
    return result == MATCH_YES ? MATCH_NO : MATCH_YES;
}

static pcre2_code *compile(const struct source *source, uint32_t anchors, char *error,
                           size_t error_size)
{
    int number;
    PCRE2_SIZE offset;
    uint32_t flags = source->flags | anchors | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)source->pattern, source->len, flags, &number,
                                     &offset, source->context);
    char reason[128];

    if (code) {
        /* Where the machine forbids it, the code is interpreted. */
        (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
        return code;
    }
    if (pcre2_get_error_message(number, (PCRE2_UCHAR *)reason, sizeof(reason)) < 0)
        reason[0] = '\0';
    (void)snprintf(error, error_size, "not a regular expression: %s at character %zu", reason,
                   (size_t)offset + 1);
    return NULL;
}

struct regex *regex_new(const char *pattern, unsigned options, char *error, size_t error_size)
{
    struct source source = {.pattern = pattern,
                            .len = strlen(pattern),
                            .context = pcre2_compile_context_create(NULL),
                            .flags = options & REGEX_IREGEXP ? 0 : PCRE2_DOTALL};
    struct regex *regex = calloc(1, sizeof(*regex));

    if (!regex || !source.context) {
        (void)snprintf(error, error_size, "out of memory");
    } else if (source.len > PATTERN_LEN_MAX) {
        (void)snprintf(error, error_size, "a regular expression may have at most %d bytes",
                       PATTERN_LEN_MAX);
    } else {
        source.flags |= options & REGEX_CASELESS ? PCRE2_CASELESS : 0;
        (void)pcre2_set_newline(source.context, PCRE2_NEWLINE_ANYCRLF);
        regex->whole = compile(&source, PCRE2_ANCHORED | PCRE2_ENDANCHORED, error, error_size);
        regex->part = regex->whole ? compile(&source, 0, error, error_size) : NULL;
    }
    pcre2_compile_context_free(source.context);
    if (regex && regex->part)
        return regex;
    regex_free(regex);
    return NULL;
}

void regex_free(struct regex *regex)
{
    if (!regex)
        return;
    pcre2_code_free(regex->whole);
    pcre2_code_free(regex->part);
    free(regex);
}

static enum match_result run(const pcre2_code *code, const char *data, size_t len,
                             pcre2_match_data *found, int *count)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);

    *count = PCRE2_ERROR_NOMEMORY;
    if (context && found) {
        (void)pcre2_set_match_limit(context, MATCH_STEPS_MAX);
        (void)pcre2_set_heap_limit(context, HEAP_KIB_MAX);
        *count = pcre2_match(code, (PCRE2_SPTR)(data ? data : ""), len, 0, 0, found, context);
    }
    pcre2_match_context_free(context);
    if (*count >= 0)
        return MATCH_YES;
    return *count == PCRE2_ERROR_NOMATCH ? MATCH_NO : MATCH_FAILED;
}

static enum match_result test(const pcre2_code *code, const char *data, size_t len)
{
    pcre2_match_data *found = pcre2_match_data_create(1, NULL);
    int count;
    enum match_result result = run(code, data, len, found, &count);

    pcre2_match_data_free(found);
    return result;
}

enum match_result regex_matches(const struct regex *regex, const char *data, size_t len)
{
    return test(regex->whole, data, len);
}

enum match_result regex_finds(const struct regex *regex, const char *data, size_t len)
{
    return test(regex->part, data, len);
}

enum match_result regex_capture(const struct regex *regex, const char *data, size_t len,
                                struct regex_group groups[REGEX_GROUPS_MAX], size_t *count)
{
    pcre2_match_data *found = pcre2_match_data_create(REGEX_GROUPS_MAX, NULL);
    int group_count;
    enum match_result result = run(regex->part, data, len, found, &group_count);

    *count = 0;
    if (result == MATCH_YES) {
        const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(found);

        /* 0: there are more groups than places. */
        *count = group_count == 0 ? REGEX_GROUPS_MAX : (size_t)group_count;
        for (size_t i = 0; i < *count; i++) {
            bool took_part = ends[2 * i] != PCRE2_UNSET;

            groups[i].data = took_part ? data + ends[2 * i] : NULL;
            groups[i].len = took_part ? ends[2 * i + 1] - ends[2 * i] : 0;
        }
    }
    pcre2_match_data_free(found);
    return result;
}
