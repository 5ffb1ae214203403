/*
 * ASCII is counted 64 bytes at a time: each of the bytes becomes a bit that tells whether it
 * belongs to a word and one that tells whether it is white space, and where tokens begin follows
 * from these. A block with anything else in it is counted character by character.
 */
#include "core/token_count.h"

#include <stdint.h>
#include <string.h>

#include <utf8proc.h>

#include "base/bytes16.h"

enum { BLOCK_LEN = 64 };

/* A bit for each byte of a block, the first the lowest. */
struct kinds {
    uint64_t words;
    uint64_t spaces;
    bool is_ascii;
};

enum char_kind { CHAR_SPACE, CHAR_WORD, CHAR_SINGLE };

static bool is_word(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10 || c == '_';
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (uint8_t)(c - '\t') < 5;
}

static struct kinds kinds_of(const char *block)
{
    struct kinds kinds = {0};
    bytes16 all = {0};

    for (unsigned i = 0; i < BLOCK_LEN; i += BYTES16_LEN) {
        bytes16 v = bytes16_load(block + i);
        flags16 words = bytes16_within(v | 0x20, 'a', 26) | bytes16_within(v, '0', 10) | (v == '_');
        flags16 spaces = (v == ' ') | bytes16_within(v, '\t', 5);

        kinds.words |= (uint64_t)flags16_bits(words) << i;
        kinds.spaces |= (uint64_t)flags16_bits(spaces) << i;
        all |= v;
    }
    kinds.is_ascii = flags16_bits((flags16)all) == 0;
    return kinds;
}

/*
 * Count the tokens that begin in an ASCII block: what is neither white space nor a character of a
 * word that goes on. `*in_word` is 1 if the character before the block belongs to a word, and then
 * tells the same of its last.
 */
static size_t count_ascii(const struct kinds *kinds, uint64_t *in_word)
{
    uint64_t going_on = kinds->words & (kinds->words << 1 | *in_word);

    *in_word = kinds->words >> 63;
    return bits64_count(~(going_on | kinds->spaces));
}

static bool is_written_without_spaces(uint32_t c)
{
    return (c >= 0x3041 && c <= 0x30FF) ||   /* kana */
           (c >= 0x3400 && c <= 0x9FFF) ||   /* Han */
           (c >= 0x31F0 && c <= 0x31FF) ||   /* kana for Ainu */
           (c >= 0xF900 && c <= 0xFAFF) ||   /* Han, for compatibility */
           (c >= 0xFF66 && c <= 0xFF9F) ||   /* kana of half width */
           (c >= 0x1B000 && c <= 0x1B16F) || /* old kana */
           (c >= 0x20000 && c <= 0x3FFFF);   /* Han, supplementary */
}

/* Most letters of Europe, so that the tables of Unicode are not asked for each of them. */
static bool is_common_letter(uint32_t c)
{
    return (c >= 0x0400 && c <= 0x0481) ||                               /* Cyrillic */
           (c >= 0x00C0 && c <= 0x024F && c != 0x00D7 && c != 0x00F7) || /* Latin */
           (c >= 0x03A3 && c <= 0x03F5);                                 /* Greek */
}

static enum char_kind kind_of(uint32_t c)
{
    if (c < 0x80) {
        if (is_word((uint8_t)c))
            return CHAR_WORD;
        return is_space((uint8_t)c) ? CHAR_SPACE : CHAR_SINGLE;
    }
    if (is_common_letter(c))
        return CHAR_WORD;
    if (c == 0x85) /* the one control character beyond ASCII that is white space */
        return CHAR_SPACE;
    if (is_written_without_spaces(c))
        return CHAR_SINGLE;
    switch ((int)utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return CHAR_WORD;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return CHAR_SPACE;
    default:
        return CHAR_SINGLE;
    }
}

/* Decode the character at `at`; those of one and two bytes right here. */
static size_t decode(struct text t, size_t at, uint32_t *out)
{
    const uint8_t *p = (const uint8_t *)t.data + at;

    if (p[0] < 0x80) {
        *out = p[0];
        return 1;
    }
    if (p[0] >= 0xC2 && p[0] < 0xE0 && t.len - at > 1 && (p[1] & 0xC0) == 0x80) {
        *out = (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
        return 2;
    }
    return utf8_decode(t, at, out);
}

/* Count characters from `*at` until `end` is reached or passed. */
static size_t count_chars(struct text t, size_t *at, size_t end, uint64_t *in_word)
{
    size_t count = 0;

    while (*at < end) {
        enum char_kind kind;
        uint32_t c;

        *at += decode(t, *at, &c);
        kind = kind_of(c);
        count += kind != CHAR_SPACE && !(kind == CHAR_WORD && *in_word != 0);
        *in_word = kind == CHAR_WORD;
    }
    return count;
}

/* Count in the last bytes, fewer than a block, by putting white space behind them. */
static size_t count_tail(struct text t, size_t at, uint64_t *in_word)
{
    char block[BLOCK_LEN];
    struct kinds kinds;

    memset(block, ' ', sizeof(block));
    memcpy(block, t.data + at, t.len - at);
    kinds = kinds_of(block);
    return kinds.is_ascii ? count_ascii(&kinds, in_word) : count_chars(t, &at, t.len, in_word);
}

/* Count at `*at`, from where a block is left, and move it on by that block or a little more. */
static size_t count_block(struct text t, size_t *at, uint64_t *in_word)
{
    struct kinds kinds = kinds_of(t.data + *at);

    if (!kinds.is_ascii)
        return count_chars(t, at, *at + BLOCK_LEN, in_word);
    *at += BLOCK_LEN;
    return count_ascii(&kinds, in_word);
}

size_t token_count(struct text t)
{
    size_t count = 0, at = 0;
    uint64_t in_word = 0;

    while (t.len - at >= BLOCK_LEN)
        count += count_block(t, &at, &in_word);
    return at < t.len ? count + count_tail(t, at, &in_word) : count;
}

/* Find where the token after the first `count` begins; the end of `t` if there is none. */
static size_t find_token(struct text t, size_t count)
{
    size_t begun = 0, at = 0;
    uint64_t in_word = 0;

    /* No text has more tokens than bytes. */
    if (t.len <= count)
        return t.len;
    while (count - begun >= 2 * (size_t)BLOCK_LEN && t.len - at >= BLOCK_LEN)
        begun += count_block(t, &at, &in_word);
    while (at < t.len) {
        size_t start = at;

        begun += count_chars(t, &at, at + 1, &in_word);
        if (begun > count)
            return start;
    }
    return t.len;
}

struct text token_cut(struct text *rest, size_t count)
{
    struct text front = {rest->data, find_token(*rest, count)};

    if (front.len == rest->len)
        *rest = (struct text){0};
    else
        *rest = (struct text){rest->data + front.len, rest->len - front.len};
    return front;
}
