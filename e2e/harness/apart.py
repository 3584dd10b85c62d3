"""Work in a thread of its own: the browser of other tests keeps an event loop in the main thread, beside which no other
may run there."""
import threading


def apart(work):
    """What `work()` returns, or raises."""
    outcome = []

    def go():
        try:
            outcome.append((True, work()))
        except BaseException as problem:
            outcome.append((False, problem))
    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    done, value = outcome[0]
    if not done:
        raise value
    return value
