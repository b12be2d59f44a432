/*
 * The first process of the containers: writes what it was started with to /out/result, a line each, texts in hexadecimal. With the
 * argument "wait" it then waits for a signal, and writes its number too. Linked statically, so that the image needs nothing else.
 */
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static FILE *out;

static void text(const char *what, const char *value)
{
    fprintf(out, "%s ", what);
    for (; *value; value++)
        fprintf(out, "%02x", (unsigned char)*value);
    fputc('\n', out);
}

static void status(void)
{
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, "Cap", 3) || !strncmp(line, "NoNewPrivs", 10))
            fprintf(out, "status %s", line);
    if (file)
        fclose(file);
}

int main(int argc, char **argv, char **environment)
{
    static char directory[PATH_MAX];
    static gid_t groups[NGROUPS_MAX];
    sigset_t all;
    int i, count;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    out = fopen("/out/writing", "w");
    if (!out)
        return 1;
    for (i = 0; i < argc; i++)
        text("arg", argv[i]);
    for (i = 0; environment[i]; i++)
        text("env", environment[i]);
    text("cwd", getcwd(directory, sizeof directory) ? directory : "");
    fprintf(out, "uid %u\ngid %u\n", getuid(), getgid());
    count = getgroups(NGROUPS_MAX, groups);
    for (i = 0; i < count; i++)
        fprintf(out, "group %u\n", groups[i]);
    status();
    fclose(out);
    rename("/out/writing", "/out/result");
    if (argc > 1 && !strcmp(argv[1], "wait")) {
        int number = 0;
        if (sigwait(&all, &number))
            return 1;
        out = fopen("/out/result", "a");
        fprintf(out, "signal %d\n", number);
        fclose(out);
    }
    return 0;
}
