#pragma once

/// Annotations for clang's thread safety analysis (-Wthread-safety): which lock guards a member, and which
/// one a function wants, takes or gives back. Other compilers see nothing of them.
/// https://clang.llvm.org/docs/ThreadSafetyAnalysis.html

#if defined(__clang__)
#define TAPES_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define TAPES_THREAD_ANNOTATION(x)
#endif

/// Marks a class whose objects are locks.
#define TAPES_CAPABILITY(name) TAPES_THREAD_ANNOTATION(capability(name))
/// Marks a class whose objects hold a lock for as long as they live.
#define TAPES_SCOPED_CAPABILITY TAPES_THREAD_ANNOTATION(scoped_lockable)

/// Marks a variable that is touched only under this lock.
#define TAPES_GUARDED_BY(lock) TAPES_THREAD_ANNOTATION(guarded_by(lock))
/// Marks a pointer whose target is touched only under this lock.
#define TAPES_PT_GUARDED_BY(lock) TAPES_THREAD_ANNOTATION(pt_guarded_by(lock))

/// Marks a function that is called with these locks held, and leaves them held.
#define TAPES_REQUIRES(...) TAPES_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
/// Marks a function that is called with these locks held at least for reading.
#define TAPES_REQUIRES_SHARED(...) TAPES_THREAD_ANNOTATION(requires_shared_capability(__VA_ARGS__))
/// Marks a function that must be called without these locks, as it takes them itself.
#define TAPES_EXCLUDES(...) TAPES_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))

/// Marks a function that takes the lock and keeps it.
#define TAPES_ACQUIRE(...) TAPES_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
/// Marks a function that takes the lock for reading and keeps it.
#define TAPES_ACQUIRE_SHARED(...) TAPES_THREAD_ANNOTATION(acquire_shared_capability(__VA_ARGS__))
/// Marks a function that gives the lock back.
#define TAPES_RELEASE(...) TAPES_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
/// Marks a function that gives the lock back, which was held for reading.
#define TAPES_RELEASE_SHARED(...) TAPES_THREAD_ANNOTATION(release_shared_capability(__VA_ARGS__))
/// Marks the destructor of a class that holds a lock for reading or writing.
#define TAPES_RELEASE_GENERIC(...) TAPES_THREAD_ANNOTATION(release_generic_capability(__VA_ARGS__))
/// Names the lock that a function returns a reference to.
#define TAPES_RETURN_CAPABILITY(lock) TAPES_THREAD_ANNOTATION(lock_returned(lock))

/// Switches the analysis off in one function, which must say why.
#define TAPES_NO_THREAD_SAFETY_ANALYSIS TAPES_THREAD_ANNOTATION(no_thread_safety_analysis)
