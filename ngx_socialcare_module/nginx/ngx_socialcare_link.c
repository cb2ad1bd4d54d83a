/*
 * ngx_socialcare_link.c: what the linker needs and no code asks for.
 *
 * The module carries its own jansson (see `config`).  Debian's libjansson.a is
 * compiled for executables: json_loadf() refers to stdin as if it lay in the
 * same binary, and the linker refuses that in a shared object.  Linked with
 * --wrap=stdin, the reference leads to the pointer below.  json_loadf() only
 * compares its argument with it, to name the source of an error message; the
 * module reads no JSON from files that way.
 */


extern void *__wrap_stdin;

void *__wrap_stdin __attribute__((visibility("hidden")));
