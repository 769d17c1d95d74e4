"""Every address of the console and who may ask for it, written down independently of the code.

    address, and which of several cases of it | where | who does it | who is told why not

``where`` says whose matter it is:
    open         even nobody, without signing in
    own          each their own: staff of elsewhere as those of here
    everywhere   of the whole installation: administrators share the workbench
    community    of our community: for staff of elsewhere it is not there
    grid1        lies in the first grid: for a grid worker of the second it is not there either
    grid2        lies in the second grid
    elsewhere    of the other community

To everybody who stands in neither column it is not there, whether it exists or not. Nobody who is not signed in comes
further than the sign-in page. A new address needs a line here, and if it has a form or a number in it, an ask in
``tests/support/access_asks.py`` (or that of its room beside it). Who the words of the last
columns are stands in ``access_table.py``.
"""

TABLE = """
GET  /sign-in                                         | open       | all               |
POST /sign-in                                         | open       | all               |
POST /sign-out                                        | own        | all               |
GET  /account                                         | own        | all               |
POST /account/password                                | own        | all               |
POST /account/chat-code                               | own        | workers           | supervisor
POST /account/chats                                   | own        | workers           | supervisor
GET  /                                                | own        | all               |
GET  /live                                            | own        | all               |

GET  /tickets                                         | own        | all               |
GET  /tickets/new                                     | own        | workers           |
POST /tickets/new                                     | own        | workers           |
POST /tickets/new                       in ours       | community  | workers           |
GET  /tickets/{id}                                    | grid1      | all               |
GET  /tickets/{id}                      far           | grid2      | all               |
GET  /tickets/{id}                      secret        | grid1      | trusted           |
POST /tickets/{id}/context                            | grid1      | keepers           |
POST /tickets/{id}/context              secret        | grid1      | keepers           |
GET  /tickets/{id}/pictures/{picture}                 | grid1      | all               |
GET  /tickets/{id}/pictures/{picture}   secret        | grid1      | trusted           |
POST /tickets/{id}/move                 take          | grid1      | workers           | supervisor
POST /tickets/{id}/move                 withdraw      | grid1      | offices           | field supervisor
POST /tickets/{id}/move                 settle        | grid1      | above             | all
POST /tickets/{id}/move                 take, far     | grid2      | workers           | supervisor
POST /tickets/{id}/move                 take, secret  | grid1      | trusted           |
POST /tickets/{id}/lower                              | grid1      | above             | all
POST /tickets/{id}/oversee                            | grid1      | above             | all
POST /tickets/{id}/oversee              at the street | grid1      | street district street_admin | all
POST /tickets/{id}/note                               | grid1      | workers           | supervisor
POST /tickets/{id}/note                 secret        | grid1      | trusted           |
POST /tickets/{id}/answer                             | grid1      | workers           | supervisor
POST /tickets/{id}/seal                               | grid1      | workers           | supervisor
POST /tickets/{id}/same/{likeness}                    | grid1      | workers           |
POST /tickets/{id}/reports/{report}/part              | grid1      | workers           |
POST /tickets/{id}/preview/{form}       move          | grid1      | workers           | supervisor
POST /tickets/{id}/preview/{form}       answer        | grid1      | workers           | supervisor
POST /tickets/{id}/preview/{form}       secret        | grid1      | trusted           |

POST /tickets/{id}/caller                             | grid1      | workers           |
GET  /homes                                           | own        | desks grid_worker |
POST /homes/{id}/settle                               | grid1      | desks grid_worker |
POST /homes/{id}/settle                 far           | grid2      | desks grid_worker |
GET  /homes/codes                                     | own        | desks grid_worker |
GET  /homes/codes                       a building    | grid1      | desks grid_worker |
POST /homes/codes                                     | grid1      | desks grid_worker |
POST /homes/doors                                     | grid1      | desks grid_worker |
GET  /residents/{id}                                  | grid1      | desks grid_worker |
POST /residents/{id}/identity                         | grid1      | desks grid_worker |
POST /residents/{id}/contact                          | grid1      | desks grid_worker |

GET  /tips                                            | own        | tip_readers above admin supervisor |
GET  /tips/{id}                                       | community  | tip_readers street district |
POST /tips/{id}/open                                  | community  | tip_readers       |
POST /tips/{id}/open                    who said it   | community  | tip_readers       |
POST /tips/{id}/move                                  | community  | tip_readers       |
POST /tips/{id}/paper                                 | community  | tip_readers       |
POST /tips/{id}/docx                                  | community  | tip_readers       |

POST /tickets/{id}/step-in                            | grid1      | workers           |
GET  /handoffs                                        | own        | workers           |
GET  /handoffs/{id}                                   | grid1      | workers           |
GET  /handoffs/{id}                     far           | grid2      | workers           |
POST /handoffs/{id}/act                 take          | grid1      | workers           |
POST /handoffs/{id}/act                 take, far     | grid2      | workers           |
POST /handoffs/{id}/act                 say           | grid1      | workers           |
GET  /handoffs/{id}/pictures/{picture}                | grid1      | workers           |

GET  /mediation                                       | own        | mediator keepers  |
GET  /mediation/new                                   | own        | mediator keepers  |
POST /mediation/new                                   | own        | mediator keepers  |
GET  /mediation/mediators                             | own        | mediator keepers  |
POST /mediation/mediators/{id}                        | community  | keepers           |
GET  /mediation/{id}                                  | community  | mediator keepers  |
POST /mediation/{id}/act                note          | community  | mediator          | keepers
POST /mediation/{id}/act                assign        | community  | keepers           | mediator
GET  /mediation/{id}/pictures/{picture}               | community  | mediator          |
GET  /mediation/{id}/paper              a draft       | community  |                   |
GET  /mediation/{id}/paper                            | community  | mediator keepers  |
GET  /mediation/{id}/paper.docx                       | community  | mediator keepers  |
POST /tickets/{id}/mediation                          | grid1      | workers           |

GET  /activities                                      | own        | all               |
GET  /activities/new                                  | own        | workers           |
POST /activities/new                                  | own        | workers           |
GET  /activities/{id}                                 | community  | all               |
GET  /activities/{id}/door                            | community  | workers           |
GET  /activities/{id}/pictures/{picture}              | community  | all               |
POST /activities/{id}/act               add           | community  | workers           |
POST /activities/{id}/act               change        | community  | workers           |

GET  /notices                                         | own        | writers           |
GET  /notices/new                                     | own        | writers           |
GET  /notices/new                       a draft       | community  | writers           |
POST /notices/new                                     | grid1      | writers           |
POST /notices/look                                    | own        | writers           |
POST /notices/welcome                                 | own        | keepers           | writers
GET  /notices/care                                    | own        | carers            |
POST /notices/care                                    | grid1      | carers            |
GET  /notices/{id}                                    | community  | writers           |
POST /notices/{id}/act                  approve       | community  | keepers           | writers
GET  /notices/{id}/answers.xlsx                       | community  | writers           |
GET  /notices/{id}/pictures/{picture}                 | community  | writers           |

GET  /community                                       | own        | deed_writers      |
POST /community/deeds                                 | own        | deed_writers      |
POST /community/deeds/{id}              ask           | community  | deed_writers      |
POST /community/deeds/{id}              approve       | community  | keepers           | deed_writers
GET  /community/bulletins                             | own        | bulletin_writers  |
GET  /community/bulletins               put right     | community  | bulletin_writers  |
POST /community/bulletins                             | own        | bulletin_writers  |
POST /community/bulletins/{id}                        | community  | keepers           | bulletin_writers
GET  /community/page                                  | own        | keepers           |
POST /community/page                                  | own        | keepers           |
POST /community/pictures                              | community  | keepers           |
POST /community/pictures/{id}                         | community  | keepers           |
GET  /community/sheet                                 | own        | officials         |
GET  /pool                                            | own        | carers            |
POST /pool/new                                        | own        | carers            |
POST /pool/needs/{id}                                 | community  | carers            |
POST /pool/volunteers/{id}                            | community  | carers            |
GET  /watch                                           | own        | carers            |
POST /watch/new                                       | own        | carers            |
POST /watch/groups/{id}                               | community  | carers            |
POST /watch/worries/{id}                              | community  | carers            |

GET  /shifts                                          | own        | all               |
GET  /shifts/new                                      | own        | planners          |
POST /shifts/new                                      | own        | planners          |
GET  /shifts/duties/{id}                              | community  | all               |
POST /shifts/duties/{id}                              | community  | planners          |
GET  /shifts/duties/{id}/cards                        | community  | workers           |
GET  /shifts/{id}                                     | community  | all               |
POST /shifts/{id}/act                                 | community  | workers           |
GET  /shifts/{id}/pictures/{picture}                  | community  | all               |
GET  /surveys                                         | own        | figures           |
POST /surveys/new                                     | own        | desks             |
POST /surveys/polls                                   | own        | desks             |
POST /surveys/polls/end                               | community  | desks             |
GET  /surveys/{id}                                    | community  | figures           |
POST /surveys/{id}/act                  open          | community  | desks             |
GET  /surveys/{id}/results                            | community  | figures           |
GET  /surveys/{id}/results.xlsx                       | community  | figures           |
GET  /surveys/{id}/{chart}.svg                        | community  | figures           |
GET  /surveys/{id}/draw.json                          | community  | figures           |

GET  /proposals                                       | own        | all               |
GET  /proposals/new                                   | own        | desks             |
POST /proposals/new                                   | own        | desks             |
GET  /proposals/index                                 | own        | all               |
POST /proposals/index                   name          | own        | desks             | workers
POST /proposals/index                   confirm       | community  | street district   | workers
GET  /proposals/conventions                           | own        | all               |
POST /proposals/conventions                           | own        | desks             |
GET  /proposals/conventions/{id}                      | community  | all               |
POST /proposals/conventions/{id}/act                  | community  | desks             | workers
GET  /proposals/{id}                                  | community  | all               |
POST /proposals/{id}/act                approve       | community  | desks             | workers
GET  /ballots                                         | own        | ballot_hands supervisor |
GET  /ballots/new                                     | own        | desks             |
POST /ballots/new                                     | own        | desks             |
GET  /ballots/areas                                   | own        | desks             |
POST /ballots/areas                                   | community  | desks             |
POST /ballots/areas/file                              | own        | desks             |
GET  /ballots/areas.xlsx                              | own        | desks             |
GET  /ballots/{id}                                    | community  | ballot_hands supervisor |
POST /ballots/{id}                                    | community  | keepers           |
GET  /ballots/{id}/doors                              | community  | ballot_hands      |
GET  /ballots/{id}/sheet                              | community  | ballot_hands      |
GET  /ballots/{id}/ballot.xlsx                        | community  | ballot_hands      |
GET  /ballots/{id}/papers                             | community  | ballot_hands      |
POST /ballots/{id}/papers                             | grid1      | ballot_hands      |
POST /ballots/{id}/papers/{paper}                     | grid1      | ballot_hands      |

GET  /ledger                                          | own        | ledger_writers    |
POST /ledger/new                                      | own        | ledger_patrol     | mediator
GET  /ledger/claims/{id}/pictures/{picture}           | community  | ledger_writers    |
POST /ledger/claims/{id}                              | community  | ledger_patrol     | mediator
GET  /ledger/shop                                     | own        | desks             |
POST /ledger/shop                                     | own        | desks             |
POST /ledger/orders/{id}                              | community  | desks             |
GET  /ledger/books                                    | own        | desks supervisor  |
POST /ledger/grants                                   | own        | keepers           |
GET  /ledger/residents/{id}                           | community  | desks             |
GET  /ledger/residents/{id}/statement.xlsx            | community  | desks             |
POST /ledger/gifts                                    | own        | desks             |
POST /ledger/entries/{id}                             | community  | keepers           |

GET  /duty                                            | own        | workers           |
POST /duty                                            | community  | keepers           | workers
POST /duty/{id}/remove                                | community  | keepers           | workers
POST /duty/{id}/hand-over               the steward's | community  | keepers steward   | workers
GET  /alarms/{id}                                     | grid1      | workers           |
GET  /alarms/{id}                       far           | grid2      | workers           |
POST /alarms/{id}/act                   acknowledge   | grid1      | workers           |
POST /alarms/{id}/act                   end           | grid1      | workers           |
POST /alarms/{id}/roll-call                           | grid1      | workers           |
POST /alarms/{id}/door                                | grid1      | workers           |
GET  /alarms/{id}/report                              | grid1      | workers           |

GET  /schedules                                       | own        | desks supervisor  |
GET  /figures                                         | own        | figures           |
GET  /figures/download                                | own        | figures           |
GET  /deliveries                                      | own        | desks             |
POST /deliveries/{id}/resend                          | community  | keepers           |
POST /deliveries/arrivals/{id}/retry                  | community  | keepers           |
GET  /staff-chat                                      | own        | workers           |

GET  /channels                                        | own        | admin             |
POST /channels                                        | community  | admin             |
GET  /channels/{id}                                   | community  | admin             |
POST /channels/{id}                                   | community  | admin             |
POST /channels/{id}/state                             | community  | admin             |
POST /channels/{id}/test                              | community  | admin             |
POST /channels/{id}/groups                             | community  | admin             |
POST /channels/{id}/groups/{group}                    | community  | admin             |

GET  /duties                                          | own        | all               |
GET  /duties                            of ours       | community  | all               |
GET  /duties/history                                  | own        | all               |
GET  /duties/history                    of ours       | community  | all               |
GET  /duties/file.{kind}                              | own        | all               |
GET  /duties/file.{kind}                of ours       | community  | all               |
GET  /duties/lines/{key}                              | own        | admin             |
GET  /duties/lines/{key}                of ours       | community  | admin             |
POST /duties/lines                                    | community  | admin             |
POST /duties/lines/{key}/remove                       | community  | admin             |
POST /duties/import                                   | community  | admin             |
POST /duties/restore                                  | community  | admin             |
GET  /duties/simulate                                 | own        | all               |
GET  /duties/simulate                   of ours       | community  | all               |
POST /duties/simulate                                 | community  | all               |

GET  /guides                                          | own        | all               |
GET  /guides                            of ours       | community  | all               |
GET  /guides/unanswered                               | own        | all               |
GET  /guides/unanswered                 of ours       | community  | all               |
GET  /guides/new                                      | own        | workers           |
GET  /guides/new                        from a ticket | grid1      | workers           |
POST /guides/new                                      | community  | desks             | workers
POST /guides/new                        from a ticket | grid1      | desks             | workers
POST /guides/preview                                  | own        | workers           |
GET  /guides/{id}                                     | community  | all               |
POST /guides/{id}                                     | community  | desks             | workers
POST /guides/{id}                       the stewards' | community  | desks steward     | workers
POST /guides/{id}/renew                               | community  | desks             | workers
POST /guides/{id}/state                               | community  | desks             | workers

GET  /teaching                                        | everywhere | admin             |
POST /teaching/undo                                   | everywhere | admin             |
POST /teaching/labels/add                             | everywhere | admin             |
POST /teaching/labels/{id}                            | everywhere | admin             |
POST /teaching/labels/{id}/retire                     | everywhere | admin             |
GET  /teaching/examples                               | everywhere | admin             |
POST /teaching/examples/check                         | everywhere | admin             |
POST /teaching/examples/add                           | everywhere | admin             |
POST /teaching/examples/move                          | everywhere | admin             |
POST /teaching/examples/delete                        | everywhere | admin             |
GET  /teaching/examples/{id}                          | everywhere | admin             |
GET  /teaching/examples/{id}/edit                     | everywhere | admin             |
POST /teaching/examples/{id}                          | everywhere | admin             |
GET  /teaching/review                                 | own        | admin             |
POST /teaching/review/{id}                            | community  | admin             |
POST /teaching/review/{id}/undo                       | community  | admin             |
GET  /teaching/models                                 | everywhere | admin             |
POST /teaching/models/train                           | everywhere | admin             |
GET  /teaching/models/{number}                        | everywhere | admin             |
GET  /teaching/models/{number}/progress               | everywhere | admin             |
POST /teaching/models/{number}/cancel                 | everywhere | admin             |
POST /teaching/models/{number}/publish                | everywhere | admin             |
POST /teaching/publications/{id}                      | everywhere | admin             |
POST /teaching/rollback                               | everywhere | admin             |
GET  /teaching/changes                                | everywhere | admin             |
GET  /teaching/exchange                               | everywhere | admin             |
POST /teaching/exchange                               | everywhere | admin             |
POST /teaching/exchange/import                        | everywhere | admin             |
GET  /teaching/export/{kind}                          | everywhere | admin             |
GET  /teaching/try                                    | everywhere | admin             |
POST /teaching/try                                    | everywhere | admin             |
GET  /teaching/phrases                                | everywhere | admin             |
GET  /teaching/phrases/one                            | everywhere | admin             |
POST /teaching/phrases/one                            | everywhere | admin             |
POST /teaching/phrases/preview                        | everywhere | admin             |
POST /teaching/phrases/reset                          | everywhere | admin             |
GET  /teaching/names                                  | own        | admin             |
POST /teaching/names                                  | community  | admin             |
POST /teaching/names/{id}/remove                      | community  | admin             |
"""
# what stands written somewhere | whose | who may read it | where everybody looks for it
THINGS = """
松树 | grid1     | all              | /tickets?queue=area&q=蚂蚱        a broken elevator in the first grid
柏树 | grid2     | all              | /tickets?queue=area&q=蝴蝶        a broken elevator in the second
柳树 | grid1     | trusted          | /tickets?queue=area&q=蜻蜓        a fraud, told in confidence
莫声张 | grid1   | police           | {secret}                          the nickname of who told it
榆树 | community | workers          | /duty                             a note on the roster
樟树 | community | workers          | /staff-chat                       a line of the staff group
桂树 | community | desks            | /deliveries                       a message to a group that could not be delivered
杨树 | grid1     | workers          | /handoffs                         what somebody said who waits for a person
桑树 | community | admin            | /teaching/review?view=list        a message of a resident that was not understood
梧桐 | community | admin            | /teaching/names                   the name of a place
槐树 | community | all              | /guides?q=代收                    a guide of our own
外乡 | elsewhere | all              | /account                          in the name of everybody there
"""
