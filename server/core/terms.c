/*
 * Folding goes through code points on the stack; nothing here allocates once the stemmers exist.
 */
#include "core/terms.h"

#include <libstemmer.h>
#include <string.h>
#include <utf8proc.h>

#include "base/hash.h"

enum {
    FOLD_CHARS_MAX = 40, /* characters of a word that are looked at */
    FOLD_EXPANSION = 18, /* code points that one character decomposes to at most */
    FOLD_POINTS_MAX = FOLD_CHARS_MAX * FOLD_EXPANSION,
    CURLY_APOSTROPHE = 0x2019,
    CYRILLIC_IE = 0x0435,
    DIAERESIS = 0x0308
};

/* The stemmers' buffers grow with the longest word they have seen: show them one, so that they
 * never allocate, and never fail, again. */
static struct sb_stemmer *stemmer_new(const char *language)
{
    static const sb_symbol longest[TERM_SIZE] = "";
    struct sb_stemmer *stemmer = sb_stemmer_new(language, "UTF_8");

    if (stemmer && !sb_stemmer_stem(stemmer, longest, TERM_SIZE)) {
        sb_stemmer_delete(stemmer);
        return NULL;
    }
    return stemmer;
}

bool stemmers_init(struct stemmers *s)
{
    struct stemmers made = {.english = stemmer_new("english"), .russian = stemmer_new("russian")};

    if (!made.english || !made.russian) {
        stemmers_done(&made);
        return false;
    }
    *s = made;
    return true;
}

void stemmers_done(struct stemmers *s)
{
    if (s->english)
        sb_stemmer_delete(s->english);
    if (s->russian)
        sb_stemmer_delete(s->russian);
    *s = (struct stemmers){0};
}

static size_t fold_plain(struct text word, char out[TERM_SIZE])
{
    size_t len = word.len;

    if (len > TERM_SIZE)
        len = TERM_SIZE;
    /* Letters become small; digits have this bit already. */
    for (size_t i = 0; i < len; i++)
        out[i] = (char)(word.data[i] | 0x20);
    return len;
}

/*
 * Copy `word` to `out` if each of its characters folds to itself whatever stands beside it, or is a
 * plain Cyrillic capital. This saves most Russian, Chinese, Japanese and Korean words the way
 * through the tables. Returns the bytes, or 0 if it is not so.
 */
static size_t fold_stable(struct text word, char out[TERM_SIZE])
{
    size_t len = 0;

    for (size_t at = 0, more; at < word.len && len + 4 <= TERM_SIZE; at += more) {
        uint32_t c;

        more = utf8_decode(word, at, &c);
        if (c >= 0x410 && c < 0x430)
            c += 0x20;
        else if (!(c >= 0x430 && c < 0x450) && !(c >= 0x3041 && c <= 0x3096) &&
                 !(c >= 0x30A1 && c <= 0x30FC) && !(c >= 0x4E00 && c <= 0x9FFF) &&
                 !(c >= 0xAC00 && c <= 0xD7A3))
            return 0;
        len += (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)out + len);
    }
    return len;
}

static size_t cut_chars(struct text word, size_t count)
{
    size_t at = 0;
    uint32_t c;

    while (count-- && at < word.len)
        at += utf8_decode(word, at, &c);
    return at;
}

static bool is_digit(utf8proc_int32_t c)
{
    return c >= '0' && c <= '9';
}

/* Tell whether the mark `c` on the letter `base` makes no difference to which word it is. */
static bool is_accent(utf8proc_int32_t c, utf8proc_int32_t base)
{
    if (c < 0x0300 || c > 0x036F)
        return false;
    return base < 0x0400 || (base == CYRILLIC_IE && c == DIAERESIS);
}

/* Drop from `points` what the header says, and return how many are left. */
static size_t drop_marks(utf8proc_int32_t *points, size_t count)
{
    utf8proc_int32_t base = 0;
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        utf8proc_int32_t c = points[i], next = i + 1 < count ? points[i + 1] : 0;

        if (c == '\'' || c == CURLY_APOSTROPHE) {
            if (i + 2 == count && next == 's')
                break;
            continue;
        }
        if (c == ',' || (c == '.' && !is_digit(next)) || is_accent(c, base))
            continue;
        if (utf8proc_get_property(c)->combining_class == 0)
            base = c;
        points[kept++] = c;
    }
    return kept;
}

static size_t encode(const utf8proc_int32_t *points, size_t count, char out[TERM_SIZE])
{
    size_t len = 0;

    for (size_t i = 0; i < count && len + 4 <= TERM_SIZE; i++)
        len += (size_t)utf8proc_encode_char(points[i], (utf8proc_uint8_t *)out + len);
    return len;
}

/* Decompose `word` into `points`. Returns how many they are, or 0 if it is not UTF-8. */
static size_t decompose(struct text word, utf8proc_int32_t points[FOLD_POINTS_MAX])
{
    static const unsigned options = UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                    UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    utf8proc_ssize_t count = utf8proc_decompose(
        (const utf8proc_uint8_t *)word.data, (utf8proc_ssize_t)cut_chars(word, FOLD_CHARS_MAX),
        points, FOLD_POINTS_MAX, (utf8proc_option_t)options);

    return count < 0 || count > FOLD_POINTS_MAX ? 0 : (size_t)count;
}

static size_t fold_wide(struct text word, char out[TERM_SIZE])
{
    static const unsigned options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    utf8proc_int32_t points[FOLD_POINTS_MAX];
    size_t count = decompose(word, points);
    utf8proc_ssize_t composed;

    count = drop_marks(points, count);
    composed =
        utf8proc_normalize_utf32(points, (utf8proc_ssize_t)count, (utf8proc_option_t)options);
    return composed < 0 ? 0 : encode(points, (size_t)composed, out);
}

/* As fold_wide() without its tables, for ASCII. */
static size_t fold_narrow(struct text word, char out[TERM_SIZE])
{
    utf8proc_int32_t points[FOLD_CHARS_MAX];
    size_t count = word.len;

    if (count > FOLD_CHARS_MAX)
        count = FOLD_CHARS_MAX;
    /* All of a word but letters has the bit of small letters already. */
    for (size_t i = 0; i < count; i++)
        points[i] = word.data[i] | 0x20;
    return encode(points, drop_marks(points, count), out);
}

static bool is_ascii(struct text word)
{
    for (size_t i = 0; i < word.len; i++)
        if (word.data[i] & 0x80)
            return false;
    return true;
}

size_t term_fold(const struct token *token, char out[TERM_SIZE])
{
    size_t len;

    if (token->plain)
        return fold_plain(token->text, out);
    if (is_ascii(token->text))
        return fold_narrow(token->text, out);
    len = fold_stable(token->text, out);
    return len ? len : fold_wide(token->text, out);
}

static bool is_latin(struct text word)
{
    for (size_t i = 0; i < word.len; i++)
        if (word.data[i] < 'a' || word.data[i] > 'z')
            return false;
    return true;
}

static bool is_cyrillic(struct text word)
{
    unsigned char lead = word.len ? (unsigned char)word.data[0] : 0;

    return lead == 0xD0 || lead == 0xD1;
}

static struct text run_stemmer(struct sb_stemmer *stemmer, struct text word)
{
    const sb_symbol *stem = sb_stemmer_stem(stemmer, (const sb_symbol *)word.data, (int)word.len);

    if (!stem)
        return word;
    return (struct text){(const char *)stem, (size_t)sb_stemmer_length(stemmer)};
}

/*
 * Queries and their documents share words, and so does one query with the next. The stemmer takes
 * as long for a word as all the rest of ranking does for a sentence, so its last answers are kept.
 */
static struct text stem_english(struct stemmers *s, struct text word)
{
    struct known_stem *known = &s->known[hash64(word, 0) % KNOWN_STEMS];
    struct text stem;

    if (word.len > KNOWN_STEM_SIZE)
        return run_stemmer(s->english, word);
    if (known->word_len == word.len && memcmp(known->word, word.data, word.len) == 0)
        return (struct text){known->stem, known->stem_len};
    stem = run_stemmer(s->english, word);
    if (stem.len > KNOWN_STEM_SIZE)
        return stem;
    known->word_len = (unsigned char)word.len;
    known->stem_len = (unsigned char)stem.len;
    memcpy(known->word, word.data, word.len);
    memcpy(known->stem, stem.data, stem.len);
    return stem;
}

struct text term_stem(struct stemmers *s, enum term_language language, struct text word)
{
    if (is_latin(word))
        return stem_english(s, word);
    if (language == TERM_MULTILINGUAL && is_cyrillic(word))
        return run_stemmer(s->russian, word);
    return word;
}

size_t term_stem_front(struct text stem)
{
    size_t spared = 0;

    if (text_has_suffix(stem, TEXT("le")) || text_has_suffix(stem, TEXT("ie")))
        spared = 2;
    else if (stem.len && strchr("eiyl", stem.data[stem.len - 1]))
        spared = 1;
    return stem.len > spared + 1 ? stem.len - spared : 1;
}
