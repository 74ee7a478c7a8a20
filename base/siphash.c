#include "base/siphash.h"

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static inline void sip_round(struct state *s)
{
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static inline void add_word(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

static inline uint64_t little_endian(const char *bytes, size_t n)
{
    uint64_t word = 0;

    for (size_t i = 0; i < n; i++)
        word |= (uint64_t)(unsigned char)bytes[i] << (8 * i);

    return word;
}

uint64_t siphash13(struct siphash_key key, struct span data)
{
    struct state s = {key.k0 ^ 0x736f6d6570736575, key.k1 ^ 0x646f72616e646f6d,
                      key.k0 ^ 0x6c7967656e657261, key.k1 ^ 0x7465646279746573};
    size_t tail = data.size % 8;
    size_t whole = data.size - tail;

    for (size_t i = 0; i < whole; i += 8)
        add_word(&s, little_endian(data.data + i, 8));

    add_word(&s,
             (uint64_t)data.size << 56 | (tail > 0 ? little_endian(data.data + whole, tail) : 0));

    s.v2 ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);

    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
