/*
 * The operators that look at a subject as text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "match/matcher_kind.h"

enum { OPTION_CASELESS = 1 };

static bool expects_text(const struct matcher *matcher, char *error, size_t error_size)
{
    if (json_is_string(matcher->operand))
        return true;
    (void)snprintf(error, error_size, "%s operand must be a non-null string", matcher->kind->name);
    return false;
}

bool matcher_read_text(struct matcher *matcher, char *error, size_t error_size)
{
    if (matcher_flag(matcher, "caseInsensitive"))
        matcher->options = OPTION_CASELESS;
    return expects_text(matcher, error, error_size);
}

bool matcher_read_regex(struct matcher *matcher, char *error, size_t error_size)
{
    if (!expects_text(matcher, error, error_size))
        return false;
    matcher->regex = regex_new(json_string_value(matcher->operand), 0, error, error_size);
    return matcher->regex != NULL;
}

bool matcher_read_template(struct matcher *matcher, char *error, size_t error_size)
{
    if (!expects_text(matcher, error, error_size))
        return false;
    matcher->template = path_template_new(json_string_value(matcher->operand), error, error_size);
    return matcher->template != NULL;
}

enum match_result match_path_template(const struct matcher *matcher, struct match_subject *subject)
{
    return subject->data ? path_template_match(matcher->template, subject->data, subject->len)
                         : MATCH_NO;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): others of its type write the error */
bool matcher_read_nothing(struct matcher *matcher, char *error, size_t error_size)
{
    (void)matcher;
    (void)error;
    (void)error_size;
    return true;
}

static size_t operand_len(const struct matcher *matcher)
{
    return json_string_length(matcher->operand);
}

static bool is_equal(const struct matcher *matcher, const struct match_subject *subject)
{
    const char *expected = json_string_value(matcher->operand);

    if (!subject->data || subject->len != operand_len(matcher))
        return false;
    return matcher->options & OPTION_CASELESS
               ? strncasecmp(subject->data, expected, subject->len) == 0
               : memcmp(subject->data, expected, subject->len) == 0;
}

enum match_result match_equal_to(const struct matcher *matcher, struct match_subject *subject)
{
    return match_of(is_equal(matcher, subject));
}

static bool contains(const struct matcher *matcher, const struct match_subject *subject)
{
    const char *wanted = json_string_value(matcher->operand);
    size_t len = operand_len(matcher);

    for (size_t i = 0; subject->data && i + len <= subject->len; i++) {
        const char *found =
            len == 0 ? subject->data : memchr(subject->data + i, wanted[0], subject->len - i);

        if (!found || (size_t)(found - subject->data) + len > subject->len)
            return false;
        if (memcmp(found, wanted, len) == 0)
            return true;
        i = (size_t)(found - subject->data);
    }
    return false;
}

enum match_result match_contains(const struct matcher *matcher, struct match_subject *subject)
{
    return match_of(contains(matcher, subject));
}

enum match_result match_does_not_contain(const struct matcher *matcher,
                                         struct match_subject *subject)
{
    return match_of(!contains(matcher, subject));
}

enum match_result match_matches(const struct matcher *matcher, struct match_subject *subject)
{
    return subject->data ? regex_matches(matcher->regex, subject->data, subject->len) : MATCH_NO;
}

enum match_result match_does_not_match(const struct matcher *matcher, struct match_subject *subject)
{
    return match_opposite(match_matches(matcher, subject));
}

enum match_result match_absent(const struct matcher *matcher, struct match_subject *subject)
{
    (void)matcher;
    return match_of(!subject->data);
}

enum match_result match_anything(const struct matcher *matcher, struct match_subject *subject)
{
    (void)matcher;
    (void)subject;
    return MATCH_YES;
}

/* Numbers */

bool matcher_read_number(struct matcher *matcher, char *error, size_t error_size)
{
    if (!json_is_number(matcher->operand)) {
        (void)snprintf(error, error_size, "%s operand must be a number", matcher->kind->name);
        return false;
    }
    matcher->number = json_number_value(matcher->operand);
    return true;
}

/* The number that all of a subject is. */
static bool read_subject_number(struct match_subject *subject, double *out)
{
    const json_t *json = match_subject_json(subject);
    size_t digits = 0;

    /* Nothing may stand behind it. */
    for (size_t i = 0; i < subject->len; i++)
        digits += strchr("+-.0123456789eE", subject->data[i]) != NULL && subject->data[i];
    if (!json_is_number(json) || digits != subject->len)
        return false;
    *out = json_number_value(json);
    return true;
}

enum match_result match_equal_to_number(const struct matcher *matcher,
                                        struct match_subject *subject)
{
    double number;

    return match_of(read_subject_number(subject, &number) && number == matcher->number);
}

enum match_result match_greater(const struct matcher *matcher, struct match_subject *subject)
{
    double number;

    return match_of(read_subject_number(subject, &number) && number > matcher->number);
}

enum match_result match_greater_equal(const struct matcher *matcher, struct match_subject *subject)
{
    double number;

    return match_of(read_subject_number(subject, &number) && number >= matcher->number);
}

enum match_result match_less(const struct matcher *matcher, struct match_subject *subject)
{
    double number;

    return match_of(read_subject_number(subject, &number) && number < matcher->number);
}

enum match_result match_less_equal(const struct matcher *matcher, struct match_subject *subject)
{
    double number;

    return match_of(read_subject_number(subject, &number) && number <= matcher->number);
}

/* Base64 */

static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(digits, c) : NULL;

    return found ? (int)(found - digits) : -1;
}

bool matcher_read_binary(struct matcher *matcher, char *error, size_t error_size)
{
    const char *text = json_string_value(matcher->operand);
    size_t len = operand_len(matcher);
    uint32_t bits = 0;
    unsigned bit_count = 0;

    if (!expects_text(matcher, error, error_size))
        return false;
    matcher->bytes = malloc(len + 1);
    if (!matcher->bytes) {
        (void)snprintf(error, error_size, "out of memory");
        return false;
    }
    while (len > 0 && text[len - 1] == '=')
        len--;
    for (size_t i = 0; i < len; i++) {
        int value = base64_value(text[i]);

        if (value < 0) {
            (void)snprintf(error, error_size, "binaryEqualTo operand must be Base64");
            return false;
        }
        bits = bits << 6 | (uint32_t)value;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            matcher->bytes[matcher->byte_count++] = (char)(bits >> bit_count);
        }
    }
    return true;
}

enum match_result match_binary(const struct matcher *matcher, struct match_subject *subject)
{
    return match_of(subject->data && subject->len == matcher->byte_count &&
                    memcmp(subject->data, matcher->bytes, subject->len) == 0);
}
