/*
 * sc_crc32c.c: CRC-32C with the processor's instruction (SSE4.2, ARMv8 CRC)
 * or with eight tables, eight bytes at a time.
 *
 * Each call chooses between them: the C run time stores the processor's
 * features in a word before main(), so the check costs a load and a test, and
 * no state of our own has to be initialised or guarded.
 */

#include "sc_crc32c.h"


/*
 * A CRC table is linear: entry a ^ b is entry a ^ entry b.  So each of the
 * eight tables of 256 follows from the entries of its eight single bits, and
 * the compiler computes them.
 */
#define SC_ENTRY1(v, b0)              (v), (v) ^ (b0)
#define SC_ENTRY2(v, b0, b1)                                                  \
    SC_ENTRY1(v, b0), SC_ENTRY1((v) ^ (b1), b0)
#define SC_ENTRY3(v, b0, b1, b2)                                              \
    SC_ENTRY2(v, b0, b1), SC_ENTRY2((v) ^ (b2), b0, b1)
#define SC_ENTRY4(v, b0, b1, b2, b3)                                          \
    SC_ENTRY3(v, b0, b1, b2), SC_ENTRY3((v) ^ (b3), b0, b1, b2)
#define SC_ENTRY5(v, b0, b1, b2, b3, b4)                                      \
    SC_ENTRY4(v, b0, b1, b2, b3), SC_ENTRY4((v) ^ (b4), b0, b1, b2, b3)
#define SC_ENTRY6(v, b0, b1, b2, b3, b4, b5)                                  \
    SC_ENTRY5(v, b0, b1, b2, b3, b4),                                         \
    SC_ENTRY5((v) ^ (b5), b0, b1, b2, b3, b4)
#define SC_ENTRY7(v, b0, b1, b2, b3, b4, b5, b6)                              \
    SC_ENTRY6(v, b0, b1, b2, b3, b4, b5),                                     \
    SC_ENTRY6((v) ^ (b6), b0, b1, b2, b3, b4, b5)
#define SC_TABLE(b0, b1, b2, b3, b4, b5, b6, b7)                              \
    { SC_ENTRY7(0u, b0, b1, b2, b3, b4, b5, b6),                              \
      SC_ENTRY7(0u ^ (b7), b0, b1, b2, b3, b4, b5, b6) }


/* sc_crc32c_table[k][byte]: the remainder of the byte and k zero bytes. */
static const uint32_t sc_crc32c_table[8][256] = {
    SC_TABLE(0xf26b8303, 0xe13b70f7, 0xc79a971f, 0x8ad958cf,
             0x105ec76f, 0x20bd8ede, 0x417b1dbc, 0x82f63b78),
    SC_TABLE(0x13a29877, 0x274530ee, 0x4e8a61dc, 0x9d14c3b8,
             0x3fc5f181, 0x7f8be302, 0xff17c604, 0xfbc3faf9),
    SC_TABLE(0xa541927e, 0x4f6f520d, 0x9edea41a, 0x38513ec5,
             0x70a27d8a, 0xe144fb14, 0xc76580d9, 0x8b277743),
    SC_TABLE(0xdd45aab8, 0xbf672381, 0x7b2231f3, 0xf64463e6,
             0xe964b13d, 0xd725148b, 0xaba65fe7, 0x52a0c93f),
    SC_TABLE(0x38116fac, 0x7022df58, 0xe045beb0, 0xc5670b91,
             0x8f2261d3, 0x1ba8b557, 0x37516aae, 0x6ea2d55c),
    SC_TABLE(0xef306b19, 0xdb8ca0c3, 0xb2f53777, 0x6006181f,
             0xc00c303e, 0x85f4168d, 0x0e045beb, 0x1c08b7d6),
    SC_TABLE(0x68032cc8, 0xd0065990, 0xa5e0c5d1, 0x4e2dfd53,
             0x9c5bfaa6, 0x3d5b83bd, 0x7ab7077a, 0xf56e0ef4),
    SC_TABLE(0x493c7d27, 0x9278fa4e, 0x211d826d, 0x423b04da,
             0x847609b4, 0x0d006599, 0x1a00cb32, 0x34019664)
};


uint32_t
sc_crc32c(uint32_t crc, const void *data, size_t len)
{
    if (sc_crc32c_has_hardware()) {
        return sc_crc32c_hardware(crc, data, len);
    }

    return sc_crc32c_portable(crc, data, len);
}


uint32_t
sc_crc32c_portable(uint32_t crc, const void *data, size_t len)
{
    uint32_t             low, high;
    const unsigned char *p = data;

    crc = ~crc;

    for ( /* void */ ; len >= 8; p += 8, len -= 8) {
        low = crc ^ ((uint32_t) p[0] | (uint32_t) p[1] << 8
                     | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24);
        high = (uint32_t) p[4] | (uint32_t) p[5] << 8
               | (uint32_t) p[6] << 16 | (uint32_t) p[7] << 24;

        crc = sc_crc32c_table[7][low & 0xff]
              ^ sc_crc32c_table[6][low >> 8 & 0xff]
              ^ sc_crc32c_table[5][low >> 16 & 0xff]
              ^ sc_crc32c_table[4][low >> 24]
              ^ sc_crc32c_table[3][high & 0xff]
              ^ sc_crc32c_table[2][high >> 8 & 0xff]
              ^ sc_crc32c_table[1][high >> 16 & 0xff]
              ^ sc_crc32c_table[0][high >> 24];
    }

    for ( /* void */ ; len != 0; p++, len--) {
        crc = sc_crc32c_table[0][(crc ^ *p) & 0xff] ^ crc >> 8;
    }

    return ~crc;
}


#if defined(__x86_64__) && defined(__GNUC__)

#include <nmmintrin.h>
#include <string.h>


bool
sc_crc32c_has_hardware(void)
{
    return __builtin_cpu_supports("sse4.2") != 0;
}


__attribute__((target("sse4.2"))) uint32_t
sc_crc32c_hardware(uint32_t crc, const void *data, size_t len)
{
    uint64_t             sum, word;
    const unsigned char *p = data;

    sum = (uint32_t) ~crc;

    for ( /* void */ ; len >= 8; p += 8, len -= 8) {
        memcpy(&word, p, 8);
        sum = _mm_crc32_u64(sum, word);
    }

    crc = (uint32_t) sum;

    for ( /* void */ ; len != 0; p++, len--) {
        crc = _mm_crc32_u8(crc, *p);
    }

    return ~crc;
}


#elif defined(__aarch64__) && defined(__AARCH64EL__) && defined(__linux__)     \
      && defined(__GNUC__)

#include <string.h>
#include <sys/auxv.h>


/* Bit of AT_HWCAP in Linux's arm64 ABI, "crc32". */
#define SC_HWCAP_CRC32  (1ul << 7)


bool
sc_crc32c_has_hardware(void)
{
    return (getauxval(AT_HWCAP) & SC_HWCAP_CRC32) != 0;
}


/*
 * Assembler rather than intrinsics: gcc and clang name those differently and
 * need different target attributes; the instruction is the same for both.
 */
uint32_t
sc_crc32c_hardware(uint32_t crc, const void *data, size_t len)
{
    uint64_t             word;
    const unsigned char *p = data;

    crc = ~crc;

    for ( /* void */ ; len >= 8; p += 8, len -= 8) {
        memcpy(&word, p, 8);
        __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1"
                : "+r" (crc) : "r" (word));
    }

    for ( /* void */ ; len != 0; p++, len--) {
        __asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1"
                : "+r" (crc) : "r" ((uint32_t) *p));
    }

    return ~crc;
}


#else

bool
sc_crc32c_has_hardware(void)
{
    return false;
}


uint32_t
sc_crc32c_hardware(uint32_t crc, const void *data, size_t len)
{
    return sc_crc32c_portable(crc, data, len);
}

#endif
