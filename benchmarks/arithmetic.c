/* How many multiplications of bytes one core makes: loops that touch registers alone. Prints "name giga-MAC/s". */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define ACCUMULATORS 12
#define ROUNDS 100000000L

typedef int v8 __attribute__((vector_size(32)));
typedef int v16 __attribute__((vector_size(64)));

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void report(const char *name, double start, double products) {
    printf("%s %.2f\n", name, products * ROUNDS * ACCUMULATORS / (now() - start) / 1e9);
}

/* Bytes times bytes in pairs of 16 bits, widened to 32 and added: what processors with AVX2 alone can do. */
__attribute__((target("avx2"))) static void avx2(void) {
    v8 sum[ACCUMULATORS] = {0}, one = {1}, other = {2}, ones = {1};
    double start = now();
    for (long i = 0; i < ROUNDS; i++)
        for (int j = 0; j < ACCUMULATORS; j++) {
            v8 part;
            __asm__ volatile("vpmaddubsw %2, %1, %0" : "=x"(part) : "x"(one), "x"(other));
            __asm__ volatile("vpmaddwd %1, %0, %0" : "+x"(part) : "x"(ones));
            __asm__ volatile("vpaddd %1, %0, %0" : "+x"(sum[j]) : "x"(part));
        }
    report("avx2", start, 32);
}

/* The same in one instruction. */
__attribute__((target("avx512vnni,avx512vl"))) static void vnni(void) {
    v16 sum[ACCUMULATORS] = {0}, one = {1}, other = {2};
    double start = now();
    for (long i = 0; i < ROUNDS; i++)
        for (int j = 0; j < ACCUMULATORS; j++)
            __asm__ volatile("vpdpbusd %2, %1, %0" : "+v"(sum[j]) : "v"(one), "v"(other));
    report("avx512_vnni", start, 64);
}

__attribute__((target("avxvnni"))) static void vnni_narrow(void) {
    v8 sum[ACCUMULATORS] = {0}, one = {1}, other = {2};
    double start = now();
    for (long i = 0; i < ROUNDS; i++)
        for (int j = 0; j < ACCUMULATORS; j++)
            __asm__ volatile("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum[j]) : "x"(one), "x"(other));
    report("avx_vnni", start, 32);
}

int main(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2")) avx2();
    if (__builtin_cpu_supports("avx512vnni")) vnni();
    FILE *flags = fopen("/proc/cpuinfo", "r");
    char line[8192];
    int narrow = 0;
    while (flags && fgets(line, sizeof line, flags))
        for (char *c = line; *c; c++)
            if (__builtin_strncmp(c, " avx_vnni", 9) == 0) narrow = 1;
    if (flags) fclose(flags);
    if (narrow) vnni_narrow();
    return 0;
}
