"""The engine's HTTP side: the operations of the API, what they accept, how they answer.

`app` puts it together; `tasks`, `groups`, `findall` and `search` are the routes, `validate*` read
what was sent, `responses` shape what is answered, `state` is what all requests share.
"""
