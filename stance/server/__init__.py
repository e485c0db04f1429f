"""The service: the answers of the library over HTTP, and a page for the browser.

The way of a request: :mod:`app` (routes) - :mod:`admission` (is there room) - :mod:`work` (which jobs it needs) -
:mod:`pool` (processes that compute) - :mod:`worker` (one such process). Needs the extra ``serve``.
"""
