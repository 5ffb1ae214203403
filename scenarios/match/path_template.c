#include "match/path_template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARIABLES_MAX = REGEX_GROUPS_MAX - 1 };

struct path_template {
    const char *text;    /* borrowed */
    struct regex *regex; /* of a template whose segments are not plain, else NULL */
    /* The variables in the order of their groups, in `text`. */
    struct regex_group names[VARIABLES_MAX];
    size_t name_count;
};

/* Cut a segment off a path or a template, which begins with a slash or is the first. */
static struct regex_group cut_segment(struct regex_group *rest)
{
    size_t start = rest->data[0] == '/' ? 1 : 0;
    struct regex_group segment = {rest->data + start, rest->len - start};
    const char *end = segment.len ? memchr(segment.data, '/', segment.len) : NULL;

    if (end)
        segment.len = (size_t)(end - segment.data);
    rest->data += start + segment.len;
    rest->len -= start + segment.len;
    return segment;
}

/* What a template begins with: a variable, `**`, or else a character that stands for itself. */
enum token_kind { TOKEN_VARIABLE, TOKEN_ANYTHING, TOKEN_CHARACTER };

static enum token_kind read_token(const char *at, size_t *len)
{
    size_t name_len = *at == '{' ? strcspn(at + 1, "{}/") : 0;

    if (name_len > 0 && at[name_len + 1] == '}') {
        *len = name_len + 2;
        return TOKEN_VARIABLE;
    }
    *len = strncmp(at, "**", 2) == 0 ? 2 : 1;
    return *len == 2 ? TOKEN_ANYTHING : TOKEN_CHARACTER;
}

static bool has_plain_segments(const char *text)
{
    bool has_variable = false;
    size_t len;

    for (; *text; text += len) {
        enum token_kind kind = read_token(text, &len);

        if (kind == TOKEN_ANYTHING || (kind == TOKEN_VARIABLE && has_variable))
            return false;
        has_variable = (has_variable || kind == TOKEN_VARIABLE) && *text != '/';
    }
    return true;
}

/* Copy a text to where there is room for it, and return its end. */
static char *append(char *out, const char *text)
{
    size_t len = strlen(text);

    memcpy(out, text, len + 1);
    return out + len;
}

/* Write the expression of a template into `out`, which has four bytes for each of the template's
 * and 8 more. Returns false when there are too many variables. */
static bool write_regex(struct path_template *template, char *out)
{
    size_t len;

    out = append(out, "\\A");
    for (const char *at = template->text; *at; at += len) {
        enum token_kind kind = read_token(at, &len);

        if (kind == TOKEN_CHARACTER) {
            if (strchr("\\^$.|?*+()[]{}", *at))
                *out++ = '\\';
            *out++ = *at;
            continue;
        }
        if (template->name_count == VARIABLES_MAX)
            return false;
        template->names[template->name_count++] = kind == TOKEN_VARIABLE
                                                      ? (struct regex_group){at + 1, len - 2}
                                                      : (struct regex_group){at, len};
        out = append(out, kind == TOKEN_VARIABLE ? "([^/]+)" : "(.*)");
    }
    (void)append(out, "\\z");
    return true;
}

static bool compile(struct path_template *template, char *error, size_t error_size)
{
    char *expression = malloc(strlen(template->text) * 4 + 8);

    if (!expression)
        (void)snprintf(error, error_size, "out of memory");
    else if (!write_regex(template, expression))
        (void)snprintf(error, error_size, "a path template may have at most %d variables",
                       VARIABLES_MAX);
    else
        template->regex = regex_new(expression, 0, error, error_size);
    free(expression);
    return template->regex != NULL;
}

struct path_template *path_template_new(const char *text, char *error, size_t error_size)
{
    struct path_template *template = calloc(1, sizeof(*template));

    if (!template) {
        (void)snprintf(error, error_size, "out of memory");
        return NULL;
    }
    template->text = text;
    if (has_plain_segments(text) || compile(template, error, error_size))
        return template;
    free(template);
    return NULL;
}

void path_template_free(struct path_template *template)
{
    if (!template)
        return;
    regex_free(template->regex);
    free(template);
}

bool path_template_has_plain_segments(const struct path_template *template)
{
    return !template->regex;
}

/* Plain segments */

/* A segment of a template: what is before and behind the one variable that it may hold. */
struct template_segment {
    struct regex_group before, variable, behind;
};

static struct template_segment read_segment(struct regex_group text)
{
    struct template_segment out = {.before = text};
    size_t len;

    const char *end = text.data + text.len, *open = text.data;

    while ((open = open < end ? memchr(open, '{', (size_t)(end - open)) : NULL)) {
        if (read_token(open, &len) == TOKEN_VARIABLE) {
            out.before.len = (size_t)(open - text.data);
            out.variable = (struct regex_group){open + 1, len - 2};
            out.behind = (struct regex_group){open + len, (size_t)(end - open) - len};
            break;
        }
        open++;
    }
    return out;
}

static bool match_segment(const struct template_segment *wanted, struct regex_group segment,
                          struct regex_group *value)
{
    size_t fixed = wanted->before.len + wanted->behind.len;

    if (!wanted->variable.data)
        return segment.len == wanted->before.len &&
               memcmp(segment.data, wanted->before.data, segment.len) == 0;
    if (segment.len <= fixed ||
        memcmp(segment.data, wanted->before.data, wanted->before.len) != 0 ||
        memcmp(segment.data + segment.len - wanted->behind.len, wanted->behind.data,
               wanted->behind.len) != 0)
        return false;
    *value = (struct regex_group){segment.data + wanted->before.len, segment.len - fixed};
    return true;
}

static bool is_name(struct regex_group text, const char *name)
{
    return text.data && text.len == strlen(name) && memcmp(text.data, name, text.len) == 0;
}

static bool match_plain(const struct path_template *template, struct regex_group path,
                        const char *name, struct regex_group *out)
{
    struct regex_group rest = {template->text, strlen(template->text)};
    bool is_first = true;

    for (; rest.len > 0 && path.len > 0; is_first = false) {
        struct template_segment wanted;
        struct regex_group value = {0};

        /* Only the first segment may be without a slash. */
        if ((rest.data[0] == '/') != (path.data[0] == '/') || (!is_first && rest.data[0] != '/'))
            return false;
        wanted = read_segment(cut_segment(&rest));
        if (!match_segment(&wanted, cut_segment(&path), &value))
            return false;
        if (name && is_name(wanted.variable, name))
            *out = value;
    }
    return rest.len == 0 && path.len == 0;
}

/* Matching */

enum match_result path_template_find(const struct path_template *template, const char *path,
                                     size_t len, const char *name, struct regex_group *out)
{
    struct regex_group groups[REGEX_GROUPS_MAX];
    enum match_result result;
    size_t count;

    *out = (struct regex_group){0};
    if (!template->regex)
        return match_of(match_plain(template, (struct regex_group){path, len}, name, out));
    result = regex_capture(template->regex, path, len, groups, &count);
    for (size_t i = 0; name && i + 1 < count; i++)
        if (is_name(template->names[i], name))
            *out = groups[i + 1];
    return result;
}

enum match_result path_template_match(const struct path_template *template, const char *path,
                                      size_t len)
{
    struct regex_group ignored;

    return path_template_find(template, path, len, NULL, &ignored);
}
