// Tells ThreadSanitizer of Swift's Mutex where threads wait for it.
//
// The Mutex of Swift 6.3 on Linux locks in our code, which the sanitizer sees, but waits in libswiftSynchronization, which it does
// not: who has waited seems to have read what others wrote without any order. `make test-thread` loads this before the library.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// Programs that tests start are without it.
__attribute__((weak)) void __tsan_acquire(void *place);
__attribute__((weak)) void __tsan_release(void *place);

// `_MutexHandle._lockSlow(_:)` and `_MutexHandle._unlockSlow()`; the handle is where the mutex is.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

SWIFT void lock_slow(uint32_t thread, SELF void *handle) __asm__(LOCK);
SWIFT void unlock_slow(SELF void *handle) __asm__(UNLOCK);

SWIFT void lock_slow(uint32_t thread, SELF void *handle) {
    typedef SWIFT void (*function)(uint32_t, SELF void *);
    static function original;
    if (!original) original = (function)dlsym(RTLD_NEXT, LOCK);
    original(thread, handle);
    if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT void unlock_slow(SELF void *handle) {
    typedef SWIFT void (*function)(SELF void *);
    static function original;
    if (!original) original = (function)dlsym(RTLD_NEXT, UNLOCK);
    if (__tsan_release) __tsan_release(handle);
    original(handle);
}
