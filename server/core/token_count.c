/*
 * ASCII is counted 64 bytes at a time by loops without branches over fixed lengths, which the
 * compiler turns into vector instructions; that is why they look the way they do. A block with
 * anything else in it is counted character by character.
 */
#include "core/token_count.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include <utf8proc.h>

enum { BLOCK_LEN = 64 };

enum char_kind { CHAR_SPACE, CHAR_WORD, CHAR_SINGLE };

/* Classes as 0 or 1, so that they add up. */
static uint8_t is_word(uint8_t c)
{
    return (uint8_t)(((uint8_t)((c | 0x20) - 'a') < 26) | ((uint8_t)(c - '0') < 10) | (c == '_'));
}

static uint8_t is_space(uint8_t c)
{
    return (uint8_t)((c == ' ') | ((uint8_t)(c - '\t') < 5));
}

static bool is_ascii(const uint8_t block[BLOCK_LEN])
{
    uint64_t any = 0;

    for (size_t i = 0; i < BLOCK_LEN; i += 8) {
        uint64_t bytes;

        memcpy(&bytes, block + i, 8);
        any |= bytes;
    }
    return !(any & UINT64_C(0x8080808080808080));
}

/*
 * Count the tokens that begin in an ASCII block, eight bytes with a flag in each at a time: what is
 * neither white space nor a character of a word that goes on. `*in_word` is 1 in its lowest byte if
 * the character before the block belongs to a word, and then tells the same of its last.
 */
static size_t count_ascii(const uint8_t block[BLOCK_LEN], uint64_t *in_word)
{
    static const uint64_t ones = UINT64_C(0x0101010101010101);
    uint8_t words[BLOCK_LEN], spaces[BLOCK_LEN];
    uint64_t sums = 0;

    for (size_t i = 0; i < BLOCK_LEN; i++) {
        words[i] = is_word(block[i]);
        spaces[i] = is_space(block[i]);
    }
    for (size_t i = 0; i < BLOCK_LEN; i += 8) {
        uint64_t word, space;

        memcpy(&word, words + i, sizeof(word));
        memcpy(&space, spaces + i, sizeof(space));
        word = le64toh(word); /* the first of eight bytes is the lowest */
        space = le64toh(space);
        sums += ~((word & (word << 8 | *in_word)) | space) & ones;
        *in_word = word >> 56;
    }
    return (size_t)(sums * ones >> 56);
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
    uint8_t block[BLOCK_LEN];

    memset(block, ' ', sizeof(block));
    memcpy(block, t.data + at, t.len - at);
    if (is_ascii(block))
        return count_ascii(block, in_word);
    return count_chars(t, &at, t.len, in_word);
}

/* Count at `*at`, from where a block is left, and move it on by that block or a little more. */
static size_t count_block(struct text t, size_t *at, uint64_t *in_word)
{
    const uint8_t *block = (const uint8_t *)t.data + *at;

    if (!is_ascii(block))
        return count_chars(t, at, *at + BLOCK_LEN, in_word);
    *at += BLOCK_LEN;
    return count_ascii(block, in_word);
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
