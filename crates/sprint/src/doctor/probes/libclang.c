/* Loads libclang and parses a header with it, as bindgen does: a path that exists proves nothing.
   usage: probe LIBRARY HEADER */
#include <dlfcn.h>
#include <stdio.h>

struct clang_string { const void *data; unsigned flags; };

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        puts(dlerror());
        return 3;
    }
    void *(*create)(int, int) = (void *(*)(int, int))dlsym(library, "clang_createIndex");
    void *(*parse)(void *, const char *, const char *const *, int, void *, unsigned, unsigned) =
        (void *(*)(void *, const char *, const char *const *, int, void *, unsigned, unsigned))
            dlsym(library, "clang_parseTranslationUnit");
    unsigned (*count)(void *) = (unsigned (*)(void *))dlsym(library, "clang_getNumDiagnostics");
    void *(*get)(void *, unsigned) = (void *(*)(void *, unsigned))dlsym(library, "clang_getDiagnostic");
    unsigned (*severity)(void *) = (unsigned (*)(void *))dlsym(library, "clang_getDiagnosticSeverity");
    struct clang_string (*spelling)(void *) =
        (struct clang_string (*)(void *))dlsym(library, "clang_getDiagnosticSpelling");
    struct clang_string (*version)(void) = (struct clang_string (*)(void))dlsym(library, "clang_getClangVersion");
    const char *(*text)(struct clang_string) =
        (const char *(*)(struct clang_string))dlsym(library, "clang_getCString");
    if (!create || !parse || !count || !get || !severity || !spelling || !version || !text) {
        puts("not a libclang: it lacks a function");
        return 3;
    }
    const char *const arguments[] = {"-std=gnu11"};
    void *unit = parse(create(0, 0), argv[2], arguments, 1, 0, 0, 0);
    if (!unit) {
        puts("the header cannot be parsed at all");
        return 4;
    }
    for (unsigned i = 0; i < count(unit); i++)
        if (severity(get(unit, i)) >= 3) { /* CXDiagnostic_Error */
            puts(text(spelling(get(unit, i))));
            return 4;
        }
    puts(text(version()));
    return 0;
}
