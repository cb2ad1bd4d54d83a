
/*
 * ngx_socialcare_link.c: symbols that the linker needs and no code uses.
 *
 * The module carries its own jansson and expat (see `config`).  Debian's static
 * archives of them are compiled for executables: json_loadf() refers to stdin
 * as if it were in the same binary, and expat, from Debian 13 on, to stderr; in
 * a shared object the linker rejects that.  With --wrap=stdin and
 * --wrap=stderr, these references resolve to the pointers below.
 *
 * json_loadf() only compares its argument with stdin, to name the source of an
 * error message; the module reads no JSON from files that way.  expat prints
 * only when EXPAT_…_DEBUG is in the environment, from which nginx removes it.
 */


extern void *__wrap_stdin;
extern void *__wrap_stderr;

void *__wrap_stdin __attribute__((visibility("hidden")));
void *__wrap_stderr __attribute__((visibility("hidden")));
