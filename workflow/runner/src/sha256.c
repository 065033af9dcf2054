/* One of PyCryptodome's SHA-256s, SOURCE, as a function NAME; all else of it stays in this file,
 * since each of them has the same names. */
#include "common.h"
#undef EXPORT_SYM
#define EXPORT_SYM static
#include SOURCE

int NAME(const uint8_t *data, size_t size, uint8_t digest[32]) {
  return SHA256_oneshot(data, size, digest, 32);
}
