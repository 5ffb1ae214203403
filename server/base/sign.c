#include "base/sign.h"

#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>
#include <string.h>

#include "base/buf.h"

enum { SIGNATURE_SIZE = 16 }; /* of the 32 bytes of the HMAC; enough, and the links stay short */

static void compute_signature(const uint8_t key[SIGN_KEY_SIZE], struct text payload,
                              uint8_t out[SIGNATURE_SIZE])
{
    struct hmac_sha256_ctx context;

    hmac_sha256_set_key(&context, SIGN_KEY_SIZE, key);
    hmac_sha256_update(&context, payload.len, (const uint8_t *)payload.data);
    hmac_sha256_digest(&context, SIGNATURE_SIZE, out);
}

static void add_base64url(struct buf *out, const uint8_t *data, size_t len)
{
    struct base64_encode_ctx context;
    size_t written;

    if (!buf_reserve(out, BASE64_ENCODE_LENGTH(len) + BASE64_ENCODE_FINAL_LENGTH))
        return;
    base64url_encode_init(&context);
    written = base64_encode_update(&context, out->data + out->len, len, data);
    written += base64_encode_final(&context, out->data + out->len + written);
    while (written && out->data[out->len + written - 1] == '=')
        written--;
    out->len += written;
    out->data[out->len] = '\0';
}

static bool add_decoded(struct buf *out, struct text t)
{
    struct base64_decode_ctx context;
    size_t written = BASE64_DECODE_LENGTH(t.len);

    if (!buf_reserve(out, written))
        return false;
    base64url_decode_init(&context);
    if (!base64_decode_update(&context, &written, (uint8_t *)out->data + out->len, t.len, t.data))
        return false;
    out->len += written;
    out->data[out->len] = '\0';
    return true;
}

void sign_token(const uint8_t key[SIGN_KEY_SIZE], struct text payload, struct buf *out)
{
    uint8_t signature[SIGNATURE_SIZE];

    compute_signature(key, payload, signature);
    add_base64url(out, (const uint8_t *)payload.data, payload.len);
    buf_add_char(out, '.');
    add_base64url(out, signature, sizeof(signature));
}

/* Base64 can be written in several ways, with blanks or other bits at its end: only ours counts. */
bool sign_open(const uint8_t key[SIGN_KEY_SIZE], struct text token, struct buf *out)
{
    AUTO(buf_done) struct buf payload = {0};
    AUTO(buf_done) struct buf wanted = {0};
    struct text rest = token;

    if (!add_decoded(&payload, text_cut(&rest, '.'))) {
        out->failed |= payload.failed;
        return false;
    }
    sign_token(key, buf_text(&payload), &wanted);
    out->failed |= wanted.failed;
    if (wanted.failed || wanted.len != token.len || !memeql_sec(wanted.data, token.data, token.len))
        return false;
    buf_add_text(out, buf_text(&payload));
    return !out->failed;
}

void sign_key_from_seed(uint64_t seed, uint8_t out[SIGN_KEY_SIZE])
{
    struct sha256_ctx context;
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(seed >> (8 * i));
    sha256_init(&context);
    sha256_update(&context, sizeof("mockhere download links") - 1,
                  (const uint8_t *)"mockhere download links");
    sha256_update(&context, sizeof(bytes), bytes);
    sha256_digest(&context, SIGN_KEY_SIZE, out);
}

void sha256_hex(struct text t, char out[SHA256_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];

    sha256_init(&context);
    sha256_update(&context, t.len, (const uint8_t *)t.data);
    sha256_digest(&context, sizeof(digest), digest);
    for (size_t i = 0; i < sizeof(digest); i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[SHA256_HEX_SIZE - 1] = '\0';
}
