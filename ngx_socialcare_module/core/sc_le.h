/*
 * sc_le.h: little-endian numbers, as spool files hold them on every machine,
 * and as hashes read text.
 *
 * Byte by byte on purpose: no alignment, no struct laid over a file.
 * Compilers turn it into one load or store where the machine allows.
 */

#ifndef SC_LE_H
#define SC_LE_H

#include <stdint.h>


static inline uint16_t
sc_le_get16(const unsigned char *p)
{
    return (uint16_t) (p[0] | p[1] << 8);
}


static inline uint32_t
sc_le_get32(const unsigned char *p)
{
    return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
           | (uint32_t) p[3] << 24;
}


static inline uint64_t
sc_le_get64(const unsigned char *p)
{
    return (uint64_t) sc_le_get32(p) | (uint64_t) sc_le_get32(p + 4) << 32;
}


/* Two's complement; avoids the implementation-defined cast of large values. */
static inline int64_t
sc_le_get64_signed(const unsigned char *p)
{
    uint64_t value = sc_le_get64(p);

    return value <= INT64_MAX ? (int64_t) value
                              : -(int64_t) (UINT64_MAX - value) - 1;
}


static inline void
sc_le_put16(unsigned char *p, uint16_t value)
{
    p[0] = (unsigned char) (value & 0xff);
    p[1] = (unsigned char) (value >> 8);
}


static inline void
sc_le_put32(unsigned char *p, uint32_t value)
{
    p[0] = (unsigned char) (value & 0xff);
    p[1] = (unsigned char) (value >> 8 & 0xff);
    p[2] = (unsigned char) (value >> 16 & 0xff);
    p[3] = (unsigned char) (value >> 24);
}


static inline void
sc_le_put64(unsigned char *p, uint64_t value)
{
    sc_le_put32(p, (uint32_t) (value & 0xffffffff));
    sc_le_put32(p + 4, (uint32_t) (value >> 32));
}

#endif /* SC_LE_H */
