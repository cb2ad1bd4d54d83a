/*
 * test_scan_portable.c: the scanning tests on the code of machines without
 * SSE2.
 */

#define SC_JSON_PORTABLE

#include "test_scan.c"
