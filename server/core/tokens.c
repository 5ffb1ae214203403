/*
 * One loop over classes of characters. For ASCII the class comes from a table, for all else from
 * Unicode's general category.
 */
#include "core/tokens.h"

#include <utf8proc.h>

#include "base/bytes16.h"

/* CLASS_WIDE is the lead byte of a character beyond ASCII, which the table can't judge. */
enum char_class { CLASS_SPACE, CLASS_WORD, CLASS_EXTEND, CLASS_LETTER, CLASS_MARK, CLASS_WIDE };

enum { CURLY_APOSTROPHE = 0x2019, REPLACEMENT = 0xFFFD, PICTURES = 0x2600 };

/* clang-format off */
#define ROW8(c) c, c, c, c, c, c, c, c
#define ROW32(c) ROW8(c), ROW8(c), ROW8(c), ROW8(c)
static const unsigned char byte_classes[256] = {
    ROW8(CLASS_SPACE), ROW8(CLASS_SPACE), ROW8(CLASS_SPACE), ROW8(CLASS_SPACE),
    CLASS_SPACE, CLASS_MARK, CLASS_MARK, CLASS_MARK, CLASS_MARK, CLASS_MARK, CLASS_MARK, CLASS_MARK,
    ROW8(CLASS_MARK),
    ROW8(CLASS_WORD), /* 0-7 */
    CLASS_WORD, CLASS_WORD, CLASS_MARK, CLASS_MARK, CLASS_MARK, CLASS_MARK, CLASS_MARK, CLASS_MARK,
    CLASS_MARK, CLASS_WORD, CLASS_WORD, CLASS_WORD, CLASS_WORD, CLASS_WORD, CLASS_WORD, CLASS_WORD,
    ROW8(CLASS_WORD), ROW8(CLASS_WORD), /* H-W */
    CLASS_WORD, CLASS_WORD, CLASS_WORD, CLASS_MARK, CLASS_MARK, CLASS_MARK, CLASS_MARK, CLASS_MARK,
    CLASS_MARK, CLASS_WORD, CLASS_WORD, CLASS_WORD, CLASS_WORD, CLASS_WORD, CLASS_WORD, CLASS_WORD,
    ROW8(CLASS_WORD), ROW8(CLASS_WORD), /* h-w */
    CLASS_WORD, CLASS_WORD, CLASS_WORD, CLASS_MARK, CLASS_MARK, CLASS_MARK, CLASS_MARK, CLASS_SPACE,
    ROW32(CLASS_WIDE), ROW32(CLASS_WIDE), ROW32(CLASS_WIDE), ROW32(CLASS_WIDE),
};
#undef ROW32
#undef ROW8

static const unsigned char category_class[] = {
    [UTF8PROC_CATEGORY_CN] = CLASS_SPACE,  [UTF8PROC_CATEGORY_LU] = CLASS_WORD,
    [UTF8PROC_CATEGORY_LL] = CLASS_WORD,   [UTF8PROC_CATEGORY_LT] = CLASS_WORD,
    [UTF8PROC_CATEGORY_LM] = CLASS_WORD,   [UTF8PROC_CATEGORY_LO] = CLASS_WORD,
    [UTF8PROC_CATEGORY_MN] = CLASS_EXTEND, [UTF8PROC_CATEGORY_MC] = CLASS_EXTEND,
    [UTF8PROC_CATEGORY_ME] = CLASS_EXTEND, [UTF8PROC_CATEGORY_ND] = CLASS_WORD,
    [UTF8PROC_CATEGORY_NL] = CLASS_WORD,   [UTF8PROC_CATEGORY_NO] = CLASS_WORD,
    [UTF8PROC_CATEGORY_PC] = CLASS_MARK,   [UTF8PROC_CATEGORY_PD] = CLASS_MARK,
    [UTF8PROC_CATEGORY_PS] = CLASS_MARK,   [UTF8PROC_CATEGORY_PE] = CLASS_MARK,
    [UTF8PROC_CATEGORY_PI] = CLASS_MARK,   [UTF8PROC_CATEGORY_PF] = CLASS_MARK,
    [UTF8PROC_CATEGORY_PO] = CLASS_MARK,   [UTF8PROC_CATEGORY_SM] = CLASS_MARK,
    [UTF8PROC_CATEGORY_SC] = CLASS_MARK,   [UTF8PROC_CATEGORY_SK] = CLASS_MARK,
    [UTF8PROC_CATEGORY_SO] = CLASS_MARK,   [UTF8PROC_CATEGORY_ZS] = CLASS_SPACE,
    [UTF8PROC_CATEGORY_ZL] = CLASS_SPACE,  [UTF8PROC_CATEGORY_ZP] = CLASS_SPACE,
    [UTF8PROC_CATEGORY_CC] = CLASS_SPACE,  [UTF8PROC_CATEGORY_CF] = CLASS_EXTEND,
    [UTF8PROC_CATEGORY_CS] = CLASS_SPACE,  [UTF8PROC_CATEGORY_CO] = CLASS_SPACE,
};

/* Scripts that are written without spaces between words. */
static const struct {
    uint32_t first, last;
} unspaced[] = {
    {0x0E00, 0x0EFF},   /* Thai, Lao */
    {0x1000, 0x109F},   /* Myanmar */
    {0x1780, 0x17FF},   /* Khmer */
    {0x2E80, 0x2FDF},   /* radicals */
    {0x3005, 0x3007},
    {0x3021, 0x30FF},   /* Hiragana, Katakana */
    {0x31F0, 0x31FF},
    {0x3400, 0x9FFF},   /* Han */
    {0xF900, 0xFAFF},
    {0xFF66, 0xFF9F},   /* half-width Katakana */
    {0x1B000, 0x1B16F},
    {0x20000, 0x3FFFF}, /* Han */
};
/* clang-format on */

static bool is_unspaced(uint32_t c)
{
    for (size_t i = 0; i < ARRAY_LEN(unspaced) && c >= unspaced[i].first; i++)
        if (c <= unspaced[i].last)
            return true;
    return false;
}

/* The voicing marks of half-width Katakana are letters to Unicode; here they join what they voice.
 */
static bool is_voicing(uint32_t c)
{
    return c == 0xFF9E || c == 0xFF9F;
}

static enum char_class wide_class(uint32_t c)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);

    if (is_voicing(c))
        return CLASS_EXTEND;
    if (category == UTF8PROC_CATEGORY_SO)
        return c >= PICTURES && c != REPLACEMENT ? CLASS_LETTER : CLASS_MARK;
    if (category_class[category] == CLASS_WORD && is_unspaced(c))
        return CLASS_LETTER;
    return (enum char_class)category_class[category];
}

static enum char_class byte_class(unsigned char byte)
{
    return (enum char_class)byte_classes[byte];
}

/* Judge the character at `at`, which must be inside; `*len` becomes its bytes. */
static enum char_class class_at(struct text t, size_t at, size_t *len)
{
    enum char_class class = byte_class((unsigned char)t.data[at]);
    uint32_t c;

    *len = 1;
    if (class != CLASS_WIDE)
        return class;
    *len = utf8_decode(t, at, &c);
    return wide_class(c);
}

static bool is_digit(struct text t, size_t at)
{
    return at < t.len && t.data[at] >= '0' && t.data[at] <= '9';
}

static bool is_ascii_word(struct text t, size_t at)
{
    return at < t.len && byte_class((unsigned char)t.data[at]) == CLASS_WORD;
}

/* Tell whether the bytes at `at` go on with a word, a mark on a letter among them. */
static bool is_wordlike(struct text t, size_t at)
{
    size_t len;
    enum char_class class = at < t.len ? class_at(t, at, &len) : CLASS_SPACE;

    return class == CLASS_WORD || class == CLASS_EXTEND;
}

/* The length of an English ending at `at`, behind an apostrophe; 0 if there is none. */
static size_t ending_len(struct text t, size_t at)
{
    static const struct text endings[] = {{"s", 1},  {"t", 1},  {"d", 1}, {"m", 1},
                                          {"re", 2}, {"ve", 2}, {"ll", 2}};

    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        size_t len = endings[i].len;

        if (t.len - at >= len && text_eq_nocase((struct text){t.data + at, len}, endings[i]) &&
            !is_wordlike(t, at + len))
            return len;
    }
    return 0;
}

/* Tell whether the word character before `at` stands alone since `start`, a joiner or a digit. */
static bool is_single_letter(struct text t, size_t start, size_t at)
{
    return !is_digit(t, at - 1) && (at - start == 1 || t.data[at - 2] == '.');
}

/*
 * The bytes that join the word `t[start .. at)` to what follows although they are no letters; 0 if
 * the word ends here. What is joined is included where it has a fixed form.
 */
static size_t joiner_len(struct text t, size_t start, size_t at)
{
    size_t ending;

    switch (t.data[at]) {
    case '.':
        if (is_digit(t, at - 1) && is_digit(t, at + 1))
            return 1;
        return is_single_letter(t, start, at) && is_ascii_word(t, at + 1) && !is_digit(t, at + 1) &&
               !is_wordlike(t, at + 2);
    case ',':
        return is_digit(t, at - 1) && is_digit(t, at + 1);
    case '\'':
        ending = ending_len(t, at + 1);
        return ending ? 1 + ending : 0;
    case '+':
        return t.len - at > 1 && t.data[at + 1] == '+' && !is_digit(t, at - 1) ? 2 : 0;
    case '#':
        return at - start == 1 && !is_digit(t, at - 1) && !is_wordlike(t, at + 1);
    default:
        return 0;
    }
}

/* As joiner_len(), for the character beyond ASCII at `at`. */
static size_t wide_joiner_len(struct text t, size_t at)
{
    uint32_t c;
    size_t len = utf8_decode(t, at, &c), ending;

    switch (wide_class(c)) {
    case CLASS_WORD:
    case CLASS_EXTEND:
        return len;
    case CLASS_SPACE:
    case CLASS_LETTER:
    case CLASS_MARK:
    case CLASS_WIDE:
        break;
    }
    if (c != CURLY_APOSTROPHE)
        return 0;
    ending = ending_len(t, at + len);
    return ending ? len + ending : 0;
}

/* Find the end of the run of ASCII letters and digits that may go on at `at`: in one step, as a
 * rule, since how long words are is what no processor foresees. */
static size_t ascii_word_end(struct text t, size_t at)
{
    while (t.len - at >= BYTES16_LEN) {
        bytes16 v = bytes16_load(t.data + at);
        flags16 words = bytes16_within(v | 0x20, 'a', 26) | bytes16_within(v, '0', 10);
        uint32_t others = flags16_bits(~words);

        if (others)
            return at + bits64_first(others);
        at += BYTES16_LEN;
    }
    while (is_ascii_word(t, at))
        at++;
    return at;
}

/*
 * Find the end of the word that begins at `start` with a character of `len` bytes. `*plain` is
 * cleared if anything but an ASCII letter or digit is in it.
 */
static size_t word_end(struct text t, size_t start, size_t len, bool *plain)
{
    size_t at = start + len;

    for (;;) {
        unsigned char byte;
        size_t more;

        at = ascii_word_end(t, at);
        /* The usual end, so it is looked for first. */
        byte = at < t.len ? (unsigned char)t.data[at] : ' ';
        if (byte == ' ')
            return at;
        more = byte < 0x80 ? joiner_len(t, start, at) : wide_joiner_len(t, at);
        if (more == 0)
            return at;
        *plain = false;
        at += more;
    }
}

/* Find the end of a letter's marks. */
static size_t letter_end(struct text t, size_t at)
{
    size_t len;

    while (at < t.len && class_at(t, at, &len) == CLASS_EXTEND)
        at += len;
    return at;
}

bool tokens_next(struct tokens *walk, struct token *out)
{
    struct text t = walk->input;
    enum char_class class = CLASS_SPACE;
    size_t start = walk->at, len = 0, end;

    /* A mark on nothing belongs to nothing. */
    while (start < t.len) {
        class = class_at(t, start, &len);
        if (class != CLASS_SPACE && class != CLASS_EXTEND)
            break;
        start += len;
    }
    walk->at = start;
    if (start == t.len)
        return false;
    end = start + len;
    out->plain = class == CLASS_WORD && len == 1;
    out->kind = TOKEN_MARK;
    if (class == CLASS_WORD) {
        out->kind = TOKEN_WORD;
        end = word_end(t, start, len, &out->plain);
    } else if (class == CLASS_LETTER) {
        out->kind = TOKEN_LETTER;
        end = letter_end(t, end);
    }
    out->text = (struct text){t.data + start, end - start};
    walk->at = end;
    return true;
}
