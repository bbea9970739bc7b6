"""English words and templates of the made-up newswire. Nobody and nothing in them exists but the places."""

from .grammar import language

_TABLES = """
month: January|February|March|April|May|June|July|August|September|October|November|December
place: Norwich|Leeds|Dundee|Cork|Galway|Bristol|Exeter|Hull|Derby|Swansea|Cardiff|Perth|Hobart|Darwin|Napier|Nelson|
  Dunedin|Halifax|Regina|Calgary|Boise|Tulsa|Omaha|Fresno|Tucson|Mobile|Savannah|Albany|Buffalo|Duluth|Fargo|Spokane|
  Tacoma|Eugene|Salem|Macon|Laredo|Odessa|Lisbon|Porto|Seville|Turin|Bologna|Graz|Linz|Bergen|Malmo|Tampere|Gdansk|
  Nairobi|Accra|Lusaka|Windhoek|Colombo|Penang|Cebu|Davao|Nagoya|Busan|Taichung|Montevideo|Rosario|Cusco|Quito
first: Alice|Brendan|Carla|Dominic|Esther|Fergus|Gwen|Harold|Imogen|Jasper|Kirsten|Lionel|Maeve|Nigel|Olive|Percy|
  Ruth|Silas|Tamsin|Ursula|Victor|Wendy|Yusuf|Zadie|Amara|Bilal|Chidi|Devika|Emeka|Farah|Goran|Hana|Ines|Jovan|Kofi|
  Leila
last: Abernathy|Blackwood|Carrow|Dunmore|Eastleigh|Farrant|Goodall|Hargreave|Ingleby|Jessop|Kettering|Lockhart|
  Mallory|Nesbitt|Oakden|Pemberton|Quigley|Rowntree|Sandford|Thackeray|Underhill|Vickery|Whitlock|Yardley|Adeyemi|
  Banerjee|Castellano|Dragomir|Eriksen|Fonseca|Gutierrez|Haddad|Ivanova|Jankowski|Kowalczyk|Lindqvist|Moreau|Nakagawa|
  Okonkwo
person: {first} {last}
noun.health: clinic|ward|vaccine|nurse|surgeon|patient|pharmacy|ambulance|epidemic|hospital|therapy|laboratory|
  midwife|prescription|diagnosis|outbreak|insurer|antibiotic|hospice|dentist|screening programme|blood bank
noun.economy: bank|exporter|factory|tariff|pension|loan|budget|warehouse|retailer|investor|wage agreement|mortgage|
  shipyard|union|trader|tax rebate|supplier|payroll|subsidy|auditor|contract|refinery
noun.crime: detective|burglary|witness|courtroom|prosecutor|smuggler|safe|forged passport|constable|jury|inquest|
  ransom|gang|getaway car|sentence|informant|customs officer|fraud|hearing|arson case|stolen painting|locksmith
noun.culture: museum|orchestra|novelist|festival|sculpture|theatre|choir|manuscript|gallery|playwright|film|archive|
  librarian|cellist|exhibition|poet|fresco|opera|curator|carnival|puppet show|tapestry
noun.nature: river|forest|reservoir|heron|wetland|wildfire|drought|ranger|otter|coral reef|hedgerow|landslide|glacier|
  orchard|beaver|storm|peat bog|estuary|meadow|conservationist|flood wall|swarm of locusts
noun.school: teacher|pupil|campus|scholarship|lecture hall|headmaster|curriculum|nursery|professor|textbook|timetable|
  apprentice|graduate|dormitory|examiner|science prize|kindergarten|school bus|tutor|thesis|playground|debating club
noun.transport: ferry|tramline|bridge|runway|signal box|tunnel|lorry driver|timetable|freight train|cycle lane|
  harbour|bus depot|level crossing|pilot|motorway|roundabout|canal|locomotive|airport|dockworker|ticket hall|cable car
noun.technology: satellite|battery|server farm|programmer|sensor|robot|start-up|patent|chip plant|antenna|software|
  drone|data leak|engineer|turbine|keyboard|telescope|search engine|encryption|solar panel|prototype|microscope
adj: old|rusty|new|costly|temporary|disputed|modest|northern|southern|private|public|abandoned|award-winning|popular|
  crowded|fragile|quiet|unfinished|ambitious|controversial|remote|renovated|underfunded|overdue|promising|cautious|
  powerful|independent|rural|coastal|mountain|forgotten|experimental|expensive|generous|hastily built|municipal|
  wooden|underground|century-old|foreign-owned|badly damaged|long-awaited|little-known|second|largest|smallest|
  historic|reluctant|seasonal|mobile|half-empty|sceptical|exhausted|volunteer-run|ageing|flooded|profitable|insolvent|
  gleaming
verb: repaired|sold|inspected|praised|rejected|financed|replaced|rescued|moved|photographed|closed|reopened|
  criticised|copied|examined|measured|welcomed|abandoned|defended|delayed|borrowed|inherited|renamed|painted|damaged|
  restored|postponed|insured|audited|challenged|expanded|supported|surrounded|visited|blamed|searched|overlooked|
  protected|underestimated|donated|dismantled|modernised|discovered|tested|registered|ignored|evacuated|occupied|
  subsidised|cancelled|outgrew|redesigned|catalogued|ordered|demolished|auctioned|monitored|patrolled|mapped|sealed
verbs: needs|threatens|deserves|resembles|protects|costs more than|depends on|competes with|outlives|weakens|explains|
  changes|rewards|overshadows|replaces|belongs beside|cannot work without|should pay for|rarely helps|will outlast|
  distracts from|strengthens|divides|justifies|attracts|complicates|follows|benefits
role: mayor|harbour master|chief engineer|spokeswoman|retired judge|deputy minister|shop owner|head of research|
  treasurer|night porter|union delegate|historian|project manager|councillor|campaigner|farmer|senior analyst|
  chairwoman|caretaker|former goalkeeper|economist|regional director|paramedic|biologist|accountant|translator|
  neighbour|trainee
orgkind: council|chamber of commerce|water board|historical society|housing trust|workers' cooperative|observatory|
  rescue service|teachers' association|port authority|development fund|sports federation|consumer league|
  film institute|farmers' market|technical college|charity|ombudsman|seed library|tenants' group
org: the [a1] {orgkind}|the [a2] {orgkind}|the {adj} {orgkind}|the {orgkind} of [a3]
np: the {adj} {noun}|a {adj} {noun}|the {noun} near [a1]|its {adj} {noun}|the {noun} and the {noun}|every {noun}|
  another {adj} {noun}|[n:3-90] {adj} {noun}s|one {noun} after another|the {adj} {adj} {noun}|the {noun} from [a2]|
  a {noun} beside the {noun}|what used to be a {noun}|hardly any {noun}|the owner of the {noun}|their {noun}|
  this {noun}
when: on [d]|last winter|after a night of talks|early in the morning|within [n:3-60] days|before the holidays|
  in the spring|for the third time|late on Tuesday|shortly after midnight|since [d]|by the end of the year|
  at a meeting in [a2]|two summers ago|as soon as the rain stopped|during the strike|over the weekend|
  between [d] and [d]|for [n:2-30] weeks
where: in [a1]|outside [a1]|north of [a2]|on the road to [a3]|in the suburbs of [a1]|a few miles from [a2]|
  opposite the {noun}|behind the {adj} {noun}|next to a {noun}|along the {adj} {noun}|at the gates of the {noun}
why: because the {noun} {verb} {np}|although {np} {verb} the {noun}|while {np} waited for the {noun}|
  so that a {noun} could be {verb}|unless the {noun} is {verb} first|even if {np} is never {verb}|
  after {np} had {verb} the {adj} {noun}|until somebody {verb} the {noun}|despite the {adj} {noun}|
  without a {adj} {noun}|thanks to the {adj} {noun}|instead of {np}|which {verb} the {noun} {where}|
  whose {noun} {verb} {np}
how: quietly|at great expense|against all advice|with borrowed money|without warning|by a narrow majority|in vain|
  with the help of volunteers|in two stages|for a symbolic sum|more slowly than planned|under police escort|
  by accident
clause: {np} {verb} {np}|{np} {verb} {np} {when}|{np} {verb} the {noun} {where}|{np} was {verb} {how}|
  {np} had been {verb} {when}|{org} {verb} {np}|[p2] {how} {verb} {np}|the {noun} {verb} {np} {how}
present: {np} {verbs} {np}|the {noun} {verbs} a {adj} {noun}|{np} {verbs} the {noun} {where}|
  no {noun} {verbs} the {adj} {noun}
speaker: [p1], {role} of {org}|[p2], a {adj} {role}|the {role}, [p3]|[p1]|[p2], who runs {np}|[p4], {role} {where}|
  [p3]|a {role} who {verb} the {noun}
say: said|told reporters|argued|recalled|wrote|insisted|warned|explained|admitted|added {when}
sentence: {clause} {when}, {why}.|{when}, {clause}.|{clause}, {why}.|“{present},” {say} {speaker}.|
  “{present}, and {present},” {say} {speaker}.|According to {speaker}, {clause}.|{speaker} {verb} {np} {how}, {why}.|
  {why}, {clause} {when}.|The number of {noun}s {where} rose to [n:120-9800] {when}, {org} reported.|
  About [n:1100-88000] people {where} {verb} {np}, {why}.|{org} {verb} {np}; {clause}.|{clause}: {present}.|
  Nobody {where} {verb} {np}, yet {clause}.|It was {np} that {verb} {np} {where}.|{clause}, and {clause}.|
  Not only {np} but also {np} {verb} the {noun} {when}.|The cost, put at $[n:2-900] million, {verb} {np} {why}.|
  {speaker} {say} that {clause}.|Whether {np} {verbs} {np} is a question for {org}.|
  “When {clause}, {clause},” {say} {speaker}.|{np} measured [f:2-80] metres and {verb} the {noun} {where}.|
  Ask {speaker}, and {present}.|{how}, {np} {verb} {np}.|There was {np} {where}, {np} {when} and {np} {why}.|
  {np}, {verb} {when}, {verb} {np} again.|Some [n:11-99] per cent of those asked {where} said {np} {verbs} {np}.|
  {speaker} called {np} “{adj} and {adj}”.|In a letter dated [d], {org} {verb} {np}.|{clause} {where}. {present}.|
  First {clause}; then {np} {verb} {np}.|“{np}? {present},” {say} {speaker}.|
  Under a plan {verb} by {speaker}, {np} {verbs} {np}.|{clause} for $[n:1100-90000].
headline: {adj} {noun} {verbs} {noun} in [a1]|[a1]: {noun} {verb} {when}|{org} {verb} {adj} {noun}|[p1]: “{present}”|
  Why the {noun} {verbs} the {adj} {noun}|{noun} {verb} {where}|[n:3-90] {noun}s {verb} near [a2]|
  {adj} {noun}, {adj} {noun}
outlet: Northern Courier|Harbour Gazette|The Weekly Compass|Morning Ledger|Channel Nine|Coastline Post|
  The Observer Tribune|Metro Wire|Daily Beacon|Evening Lantern
agency: Reuters|AP|AFP|PA Media
prefix: {CAPITAL} ({agency}) -|({agency}) -|{CAPITAL}, [date] ({agency}) —|{CAPITAL} —
CAPITAL: LONDON|NEW YORK|SYDNEY|DUBLIN|NAIROBI
footer: Source: {agency}|This story was provided by {agency}.|Copyright {agency}. All rights reserved.|© {agency}|
  Reporting by {person}; editing by {person}|Read more on our website.|Follow us for more news.
caption: Photo: {person}|File photo of the {noun}|Picture: {agency}
insert: also|meanwhile|however|reportedly|once more|in fact|apparently|of course|later|still
swap: said>stated|old>aged|new>recent|because>since|about>around|near>close to|people>residents|rose>climbed|
  reported>announced|while>whereas|every>each|another>one more|had been>was|repaired>mended|closed>shut|sold>traded|
  praised>lauded|rejected>refused|moved>shifted|delayed>held up|costly>expensive|crowded>packed|quiet>calm|the>this|
  after>following|could>might|despite>in spite of|along>beside|began>started|large>big
digest.title: Morning briefing: what you need to know|The news at a glance|Five stories for today|
  Evening digest, [date]
digest: Here is what happened today.|Good morning. These are the stories that we follow.|All the news in brief.
live_blog.title: LIVE: [a1] {noun} {verbs} {noun}|{adj} {noun} in [a1]: live updates
live_blog: [time] GMT|Update at [time]|[time]: latest
follow_up.title: After {noun}: {org} {verb} {noun}|{noun} in [a1]: what comes next|New {noun} in {adj} {noun} case
follow_up: As we reported earlier:|Background:|Earlier, the following was reported.|What happened so far:
weather.title: Weather for [a1]: [date]|[a1] forecast for [date]|Today's weather in [a1], [n:4-31] degrees
weather: [a1] will have [w] on [date], with highs of [n:4-34] degrees and lows of [n:1-15].|
  Winds from the [dir] will reach [n:10-70] km/h, with gusts of up to [n:71-110] km/h on the coast.|
  The chance of rain is [n:5-95] per cent, and [n:1-40] mm may fall by the evening.|
  The sun rises at [time] and sets at [time].|Humidity stands at [n:30-98] per cent and pressure at [n:985-1035] hPa.|
  The outlook for tomorrow is [w], with temperatures between [n:2-12] and [n:13-33] degrees.|
  Swimmers should take care, as the sea is [f:8-21] degrees and waves are [f:0-4] metres high.|
  The pollen count is [level], and the UV index reaches [n:1-9].|
  Drivers are asked to allow more time for their journeys.
w: sunny spells|scattered showers|thick cloud|light rain|bright intervals|fog in places|heavy thunderstorms
dir: north|south-west|east|south-east|north-west
level: low|moderate|high|very high
stocks.title: Stocks [ud] as investors weigh rates|Shares close [ud] on [date]|
  Market report: index [ud] [f:0-3] per cent
ud: up|down|higher|lower|flat
stocks: The benchmark index closed [ud] [f:0-3] per cent at [n:3200-9800] points on [date].|
  The broader market was [ud] [f:0-2] per cent, with [n:110-900] shares rising and [n:110-900] falling.|
  Turnover came to $[f:1-19] billion, compared with an average of $[f:1-19] billion over the last 20 sessions.|
  Oil traded at $[f:55-99] a barrel, and the dollar bought [f:1-2] francs.|
  Among the biggest movers, {last} Holdings gained [f:1-9] per cent and {last} Group lost [f:1-9] per cent.|
  The yield on ten-year government bonds stood at [f:1-5] per cent.|
  Analysts expect trading to stay thin before the holidays.|
  Futures pointed to an opening change of [n:2-90] points in New York.
gold.title: Gold price today, [date]: $[n:1900-3400] an ounce|Gold [ud] to $[n:1900-3400]|
  Gold and silver prices on [date]
gold: Spot gold was [ud] [f:0-3] per cent at $[n:1900-3400] an ounce at [time] GMT on [date].|
  Silver traded at $[f:21-48] an ounce and platinum at $[n:800-1500].|
  Dealers in [a1] bought at $[n:60-99] a gram and sold at $[n:100-120] a gram.|
  Over the week the metal has moved by $[n:3-90], after a range of $[n:3-90] the week before.|
  Holdings of the largest fund stood at [n:700-999] tonnes.|Buyers should note that shops add making charges and tax.
lottery.title: Lottery results for [date]|Draw [issue]: the winning numbers|Winning numbers, [date]
lottery: Draw [issue] on [date]: [n:1-9], [n:10-19], [n:20-29], [n:30-39], [n:40-44] and [n:45-49].|
  The bonus ball was [n:1-49].|[n:2-9] players matched five numbers and win $[n:20000-90000] each.|
  The jackpot of $[n:2-80] million was {jack}.|The raffle codes are [digits:7], [digits:7] and [digits:7].|
  Next draw: jackpot of $[n:2-80] million, sales close at [time].|Players must be over 18 and should play responsibly.
jack: not won and rolls over|shared by two tickets|won by a ticket sold in [a1]|claimed by a syndicate
quake.title: Magnitude [f:3-7] earthquake near [a1]|Earthquake of magnitude [f:3-7] shakes [a1]|M[f:3-7] quake, [a1]
quake: An earthquake of magnitude [f:3-7] struck [n:4-160] km [dir] of [a1] at [time] on [date].|
  The quake had a depth of [n:5-220] km, the geological service said.|
  The epicentre was [n:20-400] km from [a2] and [n:20-400] km from [a3].|
  There were no immediate reports of damage or casualties.|No tsunami warning was issued.|
  Aftershocks of up to magnitude [f:2-5] are possible over the coming days.|
  The region lies on an active fault and sees about [n:20-900] quakes a year.|
  {n3} people reported feeling the shaking.
n3: Some [n:100-9000]|About [n:100-9000]|At least [n:100-9000]
quarterly.title: {last} Group reports {q} results|{last} Corp posts {q} profit of $[n:11-900] million|
  Earnings: {last} Inc, {q}
q: first-quarter|second-quarter|third-quarter|fourth-quarter
quarterly: The company reported net income of $[n:11-900] million, or [n:11-99] cents a share, for the quarter to [d].|
  Revenue was $[n:100-9900] million, against $[n:100-9900] million a year earlier.|
  Adjusted earnings came to [n:11-99] cents a share, while analysts had expected [n:11-99] cents.|
  The company expects full-year revenue of $[n:100-9900] million to $[n:100-9900] million.|
  “We are pleased with our progress,” said [p1], chief executive.|
  The board declared a dividend of [n:2-60] cents, payable on [d].|
  Operating margin was [f:3-30] per cent, and free cash flow $[n:11-900] million.|
  Shares have moved [f:1-30] per cent this year.|
  This report contains forward-looking statements, which are subject to risks and uncertainties.
police.title: Man arrested in [a1] after {crime}|Police appeal after {crime} in [a1]|[a1]: {crime}
crime: a collision|a burglary|a robbery|an assault|a car theft|a crash
police: Police were called to {street} in [a1] at [time] on [date] after reports of {crime}.|
  A [n:18-79]-year-old man from [a2] was taken to hospital with injuries that are not thought to be life-threatening.|
  The road was closed for [n:2-9] hours while officers examined the scene.|
  A [n:18-79]-year-old {role} from [a3] has been arrested and remains in custody.|
  Anyone who saw what happened, or has dashcam footage, is asked to quote incident [n:100-999] of [date].|
  Detective {last}, who leads the inquiry, said: “We would like to hear from anyone who was in the area.”|
  Information can also be given anonymously.|Diversions were in place until [time].
street: {last} Road|{last} Street|{last} Lane|{last} Avenue
release.title: {last}Kit [issue].[n:0-9].[n:0-20] released|Release notes: {last}Kit v[issue].[n:0-9]|
  {last}Kit [issue].[n:0-9]
release: Version [issue].[n:0-9].[n:0-20] is available for download as of [date].|
  This release fixes [n:3-60] bugs and closes [n:3-90] issues.|
  Upgrade with the package manager or download the archives from the project's page.|
  Support for version [n:1-9].[n:0-9] ends on [d].|
  Performance: start-up is [n:2-60] per cent faster, memory use falls by [n:2-40] per cent.|
  Thanks to the [n:3-90] contributors.|Fixed: {noun} export failed when a {noun} was empty (#[n:1000-9999]).|
  Changed: the {noun} view opens in a new tab (#[n:1000-9999]).|
  Please report problems in the tracker and read the migration guide first.|
  The checksum of the archive is [digits:24].
podcast.title: Episode [issue]: {adj} {noun}|#[issue] – [p1] on the {noun}|Ep. [issue] with [p1]
podcast: In episode [issue] we talk with [p1] about the {noun} and much more.|[p1] is a {role} who lives in [a1].|
  Subscribe wherever you get your podcasts, and leave us a review.|Running time: [n:22-90] minutes.|
  Our theme music is by {person}, and the show is edited by {person}.|
  Support the show from $[n:2-9] a month and get early access.|
  Write to us with questions for the next episode on [d].|
  At [time]: news. At [time]: interview. At [time]: listeners' letters.
recurring.title: {virus} update, [date]: [n:20-900] new cases|Report [issue]: {virus}|{virus} situation on [date]
virus: Covid|Dengue|Influenza|Measles
recurring: The health department reported [n:20-900] new cases and [n:1-30] deaths on [date].|
  The total since the start of the year is [n:10000-90000] cases, of which [n:9000-80000] have recovered.|
  [n:11-400] patients are in hospital, [n:2-60] of them in intensive care.|
  [a1] had the most new cases with [n:11-300], followed by [a2] with [n:11-200].|
  The seven-day average is [n:20-900], against [n:20-900] a week ago.|
  Some [n:11-99] per cent of adults have been vaccinated.|
  People with symptoms should stay at home and call their doctor.|The next report appears on [d].
obituary.title: Obituary: [p1]|[p1], {role}, dies at [n:61-99]|In memory of [p1]
obituary: [p1] passed away peacefully on [d] at the age of [n:61-99], surrounded by family.|
  Born in [a1] on [d], 19[n:30-59], [p1] worked for [n:20-45] years as a {role}.|
  [p1] is survived by [p2], [n:2-5] children and [n:2-12] grandchildren.|
  A service will be held in [a2] on [d] at [time].|
  Friends remember a warm and generous person who always had time for others.|
  The family asks for donations instead of flowers.
appointment.title: [p1] appointed {role}|{org} names [p1] as {role}|New {role}: [p1]
appointment: {org} has appointed [p1] as {role} with effect from [d].|
  [p1] succeeds [p2], who steps down after [n:2-20] years.|
  [p1] joins from [a2], where [p3] was the manager in charge, and has [n:5-35] years of experience.|
  “I am delighted to join at such an exciting time,” said [p1].|
  “We are very pleased to welcome [p1] to the team,” said [p4], chair of the board.|
  A graduate of the university of [a3], [p1] is married with [n:1-4] children.|
  The search was carried out by an outside firm.
sports.title: [a1] [n:0-5]-[n:0-5] [a2]|Round [issue]: [a1] against [a2]|[a1] meet [a2] in round [issue]
sports: [a1] played [a2] [n:0-5]-[n:0-5] in round [issue] on [date] before a crowd of [n:900-42000].|
  [p1] scored in minute [n:2-44], and [p2] had a shot saved in minute [n:46-89].|
  The coach praised the fighting spirit of the team.|
  The home side had [n:31-69] per cent of the ball and [n:3-22] shots.|[p3] was booked in minute [n:10-90].|
  [a1] are now in place [n:1-18] with [n:5-60] points; [a2] have [n:5-60].|
  Next, [a1] travel to [a3], while [a2] receive [a4].|Referee: {person}. Half-time: [n:0-2]-[n:0-2].
bulletin.title: Bulletin no. [issue]|Notice to mariners [issue]/2026|Situation report #[issue]
bulletin: This is bulletin no. [issue], issued at [time] on [date] by {org}.|
  It replaces bulletin no. [n:2-99] of [d].|
  At [time] the centre was [n:40-700] km [dir] of [a1], moving [dir] at [n:5-40] km/h.|
  Water at the gauge in [a2] stands at [f:1-9] metres.|
  Vessels should keep [n:2-9] miles off position [n:10-59].[n:10-99] north.|
  Light [n:100-999] shows [n:2-9] flashes every [n:10-30] seconds.|All stations are asked to acknowledge receipt.|
  The next bulletin will be issued at [time].
event.title: {adj} {noun} evening in [a1], [d]|[a1]: open day on [d]|Tickets for [a1] on [d]
event: Join us in [a1] on [d] from [time] to [time].|
  Doors open at [time]; tickets cost $[n:5-90], or $[n:3-40] for members.|
  The programme includes talks, a guided tour and live music by {person}.|
  Please register by [d], as there are only [n:20-400] places.|[p1] will open the evening, and [p2] takes questions.|
  The venue is [n:3-30] minutes on foot from the station.|Children under 12 go free.
job.title: Vacancy: {role}, [a1]|{org} is hiring: {role}|{role} wanted in [a1] (ref. [digits:5])
job: We are looking for a {role} to join our team in [a1], starting on [d].|
  The salary is $[n:30000-90000] a year with [n:21-32] days of leave.|
  You bring at least [n:2-9] years of experience and enjoy working with people.|
  We offer flexible hours, training and a pension plan.|
  Applications with a letter and curriculum vitae reach us by [d], reference [digits:5].|
  Your contact is [p1], telephone extension [n:100-999].|
  We are an equal opportunities employer and welcome applications from everyone.
"""

ENGLISH = language("en", _TABLES, point=".", group=",")
