/*
 * sc_crc32c.h: CRC-32C (Castagnoli polynomial 0x1EDC6F41, as in iSCSI), the
 * checksum of spool files and the hash that spreads threads over partitions.
 *
 * It finds damage, not forgery: never use it as a signature.
 */

#ifndef SC_CRC32C_H
#define SC_CRC32C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>


/*
 * Continues `crc` (0 to start with) over `len` bytes:
 * sc_crc32c(sc_crc32c(0, a, n), b, m) is the checksum of a and b joined.
 * Uses the processor's instruction where there is one.  Thread-safe.
 */
uint32_t sc_crc32c(uint32_t crc, const void *data, size_t len);

/*
 * Its two implementations, for tests and benchmarks.  sc_crc32c_hardware may
 * only be called when sc_crc32c_has_hardware() is true.
 */
uint32_t sc_crc32c_portable(uint32_t crc, const void *data, size_t len);
uint32_t sc_crc32c_hardware(uint32_t crc, const void *data, size_t len);
bool sc_crc32c_has_hardware(void);

#endif /* SC_CRC32C_H */
