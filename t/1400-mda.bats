# What an MDA gets and how it is believed.  popfetch runs none as root, so all
# of this is an ordinary user's.

load lib/common.bash

# One slow delivery goes on beside all the tests; the last one looks at it.
setup_file()
{
	(
		BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
		test_setup
		serve 1 --record record
		chmod go+r record
		rc 'n=0
		    until grep -q "^C: NOOP" record; do
			n=$((n + 1))
			[ $n -lt 1500 ] || exit 1
			sleep 0.2
		    done
		    cat >"out/$POPFETCH_UID"' 'timeout 600'
		(
			popfetch_user -f rc
			echo $? >status
		) >slow.log 2>&1 3>&- &
	)
}

teardown_file()
{
	local left

	HOME=$BATS_FILE_TMPDIR/home
	left=$(test_processes)
	[ -z "$left" ] || kill -KILL $left
}

# serve COUNT POPD-ARGUMENT...
serve()
{
	popfetch_copy
	"$mkmail" -s 41 -n "$1" -f mixed -e want wire
	mkdir -p out
	shift
	popd_start --tls off --user joe --pass secret --wire --mail wire "$@"
}

# rc COMMAND WORDS...: the command goes through a file, so that its quotes are
# its own.
rc()
{
	local command=$1

	shift
	printf '%s\n' "$command" >mda.sh
	account "poll work via localhost port $port tls off" \
	    'user joe password secret nokeep' \
	    "mda '. $top/mda.sh'" "$@"
}

left()
{
	ls wire | wc -l
}

@test "each message comes whole, once, as standard input" {
	serve 60
	rc 'cat >"out/$POPFETCH_UID"'
	run -0 --separate-stderr popfetch_user -f rc
	assert_output_empty
	same_mail want out
	[ "$(left)" -eq 0 ]
	run -0 --separate-stderr popfetch_user -f rc
	assert_output_empty
	same_mail want out
	[ -z "$(find home -path '*spool*' -type f)" ]
}

@test "with keep, a message is handed over once, too" {
	serve 10
	rc 'cat >"$(mktemp out/XXXXXX)"' keep
	run -0 --separate-stderr popfetch_user -f rc
	run -0 --separate-stderr popfetch_user -f rc
	assert_output_empty
	same_mail want out
	[ "$(left)" -eq 10 ]
}

@test "the environment tells the account, host, user, UID, size and key" {
	serve 3
	rc 'cat >"out/$POPFETCH_KEY"
	    env | grep ^POPFETCH_ | sort >"env.$POPFETCH_UID"
	    wc -c <"out/$POPFETCH_KEY" >"size.$POPFETCH_UID"'
	run -0 --separate-stderr popfetch_user -f rc
	assert_output_empty
	same_mail want out
	cat env.* >&2
	[ "$(cat env.* | wc -l)" -eq 18 ]
	[ "$(cat env.* | grep -cx POPFETCH_ACCOUNT=work)" -eq 3 ]
	[ "$(cat env.* | grep -cx POPFETCH_HOST=localhost)" -eq 3 ]
	[ "$(cat env.* | grep -cx POPFETCH_USER=joe)" -eq 3 ]
	[ "$(cat env.* | grep -Ecx 'POPFETCH_KEY=[0-9a-f]{32}')" -eq 3 ]
	[ "$(cat env.* | grep POPFETCH_KEY | sort -u | wc -l)" -eq 3 ]
	for f in env.*; do
		grep -qx "POPFETCH_UID=${f#env.}" "$f"
		grep -qx "POPFETCH_SIZE=$(<"size.${f#env.}")" "$f"
	done
}

@test "the key of a message is the same when it is tried again" {
	serve 1
	rc 'echo "$POPFETCH_KEY" >>keys; exit 75'
	run -75 --separate-stderr popfetch_user -f rc
	run -75 --separate-stderr popfetch_user -f rc
	[ "$(wc -l <keys)" -eq 2 ]
	[ "$(sort -u keys | wc -l)" -eq 1 ]
}

@test "the password is not in the environment" {
	serve 1
	rc 'env >env; cat >/dev/null'
	run -0 --separate-stderr popfetch_user -f rc
	[ -s env ]
	never grep -q secret env
}

@test "%T and %F are single words, whatever they hold" {
	local evil="\"a';touch pwned;\$(touch pwned)\`touch pwned\` >pwned\"@x"

	popfetch_copy
	mkdir wire
	printf '%s\r\n' "Return-Path: <$evil>" 'Subject: x' '' y >wire/1.eml
	printf '%s\r\n' "From: Joe $evil" ' b@x' '' y >wire/2.eml
	printf '%s\r\n' "From:" " Joe <$evil>" '' y >wire/3.eml
	printf '%s\r\n' 'From: <-oQ/tmp@x>' '' y >wire/4.eml
	popd_start --tls off --user joe --pass secret --wire --mail wire
	cat >show <<-'END'
	#!/bin/sh
	cat >/dev/null
	echo $# "<$1>" "<$2>" >>args
	END
	chmod 755 show
	account "poll work via localhost port $port tls off" \
	    "user joe password secret is \"Joe; touch 'pwned\" here" \
	    'mda "./show %T a%F"'
	run -0 --separate-stderr popfetch_user -f rc
	assert_output_empty
	cat args >&2
	[ ! -e pwned ]
	printf "2 <Joe; touch 'pwned> <a%s>\n" "$evil" '' "$evil" '' |
	    diff - args
}

@test "%F is who sent it, in fetchmail's order, and nobody for a bounce" {
	popfetch_copy
	mkdir wire
	printf '%s\r\n' 'From: "Doe, Ann" <ann@x>, b@x' 'Reply-To: r@x' '' y \
	    >wire/1.eml
	printf '%s\r\n' 'From: f@x' 'Sender: (x) s@x' '' y >wire/2.eml
	printf '%s\r\n' 'From: f@x' 'Return-Path: <>' '' y >wire/3.eml
	printf '%s\r\n' 'From: f@x' 'Return-Path: <e@x>' '' y >wire/4.eml
	printf '%s\r\n' 'From: nobody:;' '' 'From: f@x' >wire/5.eml
	popd_start --tls off --user joe --pass secret --wire --mail wire
	account "poll work via localhost port $port tls off" \
	    'user joe password secret' 'mda "echo :%F >>senders"'
	run -0 --separate-stderr popfetch_user -f rc
	[ "$(<senders)" = $':ann@x\n:s@x\n:\n:e@x\n:' ]
}

@test "standard input is a file, at its beginning" {
	serve 4
	rc '[ -f /proc/self/fd/0 ] || exit 1
	    grep -q "^pos:.0$" /proc/self/fdinfo/0 || exit 1
	    cat >"out/$POPFETCH_UID"; cat <&0 >second
	    [ ! -s second ]'
	run -0 --separate-stderr popfetch_user -f rc
	assert_output_empty
	same_mail want out
}

@test "no other descriptor is open, and signals act as usual" {
	local what mask

	serve 2
	account "poll work via localhost port $port tls off" \
	    'user joe password secret nokeep' \
	    "mda 'for f in /proc/\$\$/fd/*; do
		if [ -e \$f ]; then echo \${f##*/} >>fds; fi; done
		grep -e ^SigIgn -e ^SigBlk /proc/self/status >>signals'"
	run -0 --separate-stderr popfetch_user -f rc
	assert_output_empty
	[ "$(sort fds | uniq -c | tr -s ' \n' ' ')" = ' 2 0 2 1 2 2 ' ] ||
	    fail 'open:' "$(<fds)"
	# Those that popfetch takes for itself; what its caller, nohup perhaps,
	# has ignored may stay so.
	[ "$(wc -l <signals)" -eq 4 ]
	while read -r what mask; do
		[ $((16#$mask & (1 << 12 | 1 << 16))) -eq 0 ] ||
		    fail "SIGPIPE or SIGCHLD: $what $mask"
	done <signals
}

@test "an MDA that does not read its input is believed all the same" {
	serve 5
	rc 'exit 0'
	run -0 --separate-stderr popfetch_user -f rc
	assert_output_empty
	[ "$(left)" -eq 0 ]
}

# tried_later COMMAND REGEX: keeps the messages for another run, which then works.
tried_later()
{
	serve 5
	rc "$1"
	run -75 --separate-stderr popfetch_user -f rc
	[ "$(left)" -eq 5 ]
	assert_says "^popfetch: work: .*$2"
	rc 'cat >"out/$POPFETCH_UID"'
	run -0 --separate-stderr popfetch_user -f rc
	same_mail want out
	[ "$(left)" -eq 0 ]
}

@test "exit 75: all stay, the run ends with 75, the next one delivers" {
	tried_later 'exit 75' 'try again later .*75'
}

@test "death by a signal: as 75" {
	tried_later 'kill -KILL $$' 'signal 9'
}

@test "any other exit status: that message stays, the others are delivered; 65" {
	serve 5
	rc '[ -e tried ] || { >tried; exit 1; }
	    cat >"$(mktemp out/XXXXXX)"'
	run -65 --separate-stderr popfetch_user -f rc
	assert_says '^popfetch: work: .*(status|exit)[^0-9]*1'
	[ "$(ls out | wc -l)" -eq 4 ]
	[ "$(left)" -eq 5 ]
	run -0 --separate-stderr popfetch_user -f rc
	same_mail want out
	[ "$(left)" -eq 0 ]
}

@test "an MDA that is not there loses nothing and is said once" {
	serve 5
	account "poll work via localhost port $port tls off" \
	    "user joe password secret nokeep mda '/no/such/mda -x'"
	run --separate-stderr popfetch_user -f rc
	[ "$status" -ne 0 ]
	assert_says '^popfetch: work: .*/no/such/mda|127'
	[ "$(left)" -eq 5 ]
}

# exits STATUS...: a maildrop with one message for each, whose UID it is and with
# which the MDA ends.
exits()
{
	local code

	[ -d bin ] || popfetch_copy
	rm -rf wire called
	mkdir wire
	for code; do
		printf 'Subject: %s\r\n\r\n%s\r\n' "$code" x >"wire/$code"
	done
	popd_start --tls off --user joe --pass secret --wire --mail wire
}

# The MDA of these; how often it was called for each.
says_uid='echo "$POPFETCH_UID" >>called; exit "$POPFETCH_UID"'

calls()
{
	sort -n called | uniq -c | awk '{ printf "%s:%s ", $2, $1 }'
}

@test "sysexits: 0 is delivery and nothing else" {
	exits 0 1 64 65 99 100 111 200
	rc "$says_uid"
	run -65 --separate-stderr popfetch_user -f rc
	run -65 --separate-stderr popfetch_user -f rc
	[ "$(calls)" = '0:1 1:2 64:2 65:2 99:2 100:2 111:2 200:2 ' ]
	[ "$(cd wire && echo [1-9]*)" = '1 100 111 200 64 65 99' ]
}

@test "sysexits: 71 and 75 are for another time, the others are refusals" {
	exits 71 75
	rc "$says_uid" 'mda-style sysexits'
	run -75 --separate-stderr popfetch_user -f rc
	assert_says '^popfetch: work: .*try again later .*71'
	popd_stop
	for code in 1 64 70 78 111 255; do
		exits "$code"
		rc "$says_uid"
		run -65 --separate-stderr popfetch_user -f rc
		assert_says "^popfetch: work: .*refused .*$code"
		popd_stop
	done
}

@test "qmail: 0 and 99 are delivery, 100 and some others refusals" {
	exits 0 99
	rc "$says_uid" 'mda-style qmail'
	run -0 --separate-stderr popfetch_user -f rc
	assert_output_empty
	[ "$(left)" -eq 0 ]
	popd_stop
	exits 100 64 65 70 76 77 78 112
	rc "$says_uid" 'mda-style qmail'
	run -65 --separate-stderr popfetch_user -f rc
	[ "$(calls)" = '64:1 65:1 70:1 76:1 77:1 78:1 100:1 112:1 ' ]
	[ "$(left)" -eq 8 ]
	popd_stop
	exits 111 1 71 75 113
	rc "$says_uid" 'mda-style qmail'
	run -75 --separate-stderr popfetch_user -f rc
	[ "$(calls)" = '1:1 71:1 75:1 111:1 113:1 ' ]
	[ "$(left)" -eq 5 ]
}

@test "126 and 127 stop the account at the first message, in both styles" {
	local code style

	serve 3
	for style in sysexits qmail; do
		for code in 126 127; do
			rm -f called
			rc "echo x >>called; exit $code" "mda-style $style"
			run -78 --separate-stderr popfetch_user -f rc
			assert_line_count 1
			assert_says "^popfetch: work: .*$code.*mda"
			[ "$(wc -l <called)" -eq 1 ]
		done
	done
	[ "$(left)" -eq 3 ]
	rc 'cat >"out/$POPFETCH_UID"'
	run -0 --separate-stderr popfetch_user -f rc
	assert_output_empty
	same_mail want out
}

@test "no QUIT where a message was not delivered, which could delete it" {
	local how limit n=0

	exits a b c
	popd_stop
	popd_start --tls off --user joe --pass secret --wire --mail wire \
	    --expire0 --record record
	for how in 'exit 75' 'exit 1' 'kill -KILL $$' 'exit 127' \
	    'sleep 200'; do
		n=$((n + 1)) limit=60
		[ "$how" != 'sleep 200' ] || limit=4
		rc "[ \$POPFETCH_UID != b ] || { echo x >>called; $how; }" \
		    keep "timeout $limit" 'mda-unknown hold'
		run --separate-stderr popfetch_user -f rc
		[ "$status" -ne 0 ]
		[ -e wire/b ]
		[ "$(wc -l <called)" -eq "$n" ]
		popd_idle
		[ "$n" -gt 1 ] || never grep -q '^C: QUIT' record
	done
}

@test "an MDA that hangs is ended after the time limit, with what it started" {
	serve 1
	rc 'sleep 200 & sleep 201' 'timeout 1'
	run -75 --separate-stderr popfetch_user -f rc
	assert_says '^popfetch: work: .*(second|time)'
	[ "$(left)" -eq 1 ]
	wait_until 60 test_processes_only popd
}

@test "an MDA that ignores TERM is killed" {
	serve 1
	rc 'trap "" TERM; sleep 300; >survived' 'timeout 1'
	run -75 --separate-stderr popfetch_user -f rc
	[ ! -e survived ]
	[ "$(left)" -eq 1 ]
	wait_until 60 test_processes_only popd
}

@test "after TERM an agent may tidy up, though its shell is gone" {
	serve 1
	cat >agent <<-'END'
	#!/bin/sh
	trap 'sleep 1; >tidied; exit 0' TERM
	>ready
	sleep 200 &
	wait
	END
	chmod 755 agent
	rc './agent; exit 1' 'timeout 5'
	run -75 --separate-stderr popfetch_user -f rc
	[ -e ready ]
	[ -e tidied ]
	[ "$(left)" -eq 1 ]
}

# unknown COMMAND WORDS...: the first message's MDA takes it, and ends so that
# nobody can tell; the second one's is done.
unknown()
{
	serve 2
	rc 'echo "$POPFETCH_KEY" >>keys
	    if [ -e once ]; then cat >"out/$POPFETCH_UID"; exit 0; fi
	    >once
	    '"$1" "${@:2}"
}

# What is in doubt comes again, by its key, in a run that says REGEX.
comes_again()
{
	run -0 --separate-stderr popfetch_user -f rc
	[ -z "${1-}" ] || assert_says "^popfetch: work: .*$1"
	same_mail want out
	[ "$(left)" -eq 0 ]
	[ "$(wc -l <keys)" -eq 3 ]
	[ "$(sort -u keys | wc -l)" -eq 2 ]
	[ "$(grep -cx "$(head -n 1 keys)" keys)" -eq 2 ]
}

# It does not, and the other one does, or did.
is_held()
{
	local key

	key=$(head -n 1 keys)
	run --separate-stderr popfetch_user -f rc
	[ -z "${1-}" ] || assert_says "^popfetch: work: .*$1"
	run --separate-stderr popfetch_user -f rc
	[ "$(wc -l <keys)" -eq 2 ]
	[ "$(grep -cx "$key" keys)" -eq 1 ]
	[ "$(left)" -eq 1 ]
	run -0 --separate-stderr popfetch_user -f rc --retry
	same_mail want out
	[ "$(left)" -eq 0 ]
	[ "$(grep -cx "$key" keys)" -eq 2 ]
}

# Ends with 0 when it is told to end, which must not count.
hangs='trap "exit 0" TERM; sleep 200 & wait'
dies='kill -KILL $PPID; exit 0'
# The second signal that is not taken for the first one counts.
stops='sup=$(sed -n "s/^PPid:[^0-9]*//p" /proc/$PPID/status)
    n=0
    while kill -TERM $sup; do
	n=$((n + 1)); [ $n -lt 600 ] || >late; sleep 0.1
    done'

@test "timed out: it is given again, with the same key" {
	unknown "$hangs" 'timeout 4'
	run -75 --separate-stderr popfetch_user -f rc
	assert_says '^popfetch: work: .*longer than 4 seconds.*again.*KEY'
	[ "$(ls out | wc -l)" -eq 1 ]
	[ "$(left)" -eq 2 ]
	comes_again
}

@test "timed out, mda-unknown hold: it stays until --retry" {
	unknown "$hangs" 'timeout 4' 'mda-unknown hold'
	run -75 --separate-stderr popfetch_user -f rc
	assert_says '^popfetch: work: .*longer than 4 .*server.*--retry'
	[ "$(ls out | wc -l)" -eq 1 ]
	is_held
}

@test "popfetch died: it is given again, with the same key" {
	unknown "$dies" 'mda-unknown redeliver'
	run --separate-stderr popfetch_user -f rc
	[ "$status" -ne 0 ]
	[ "$(wc -l <keys)" -eq 1 ]
	comes_again 'earlier run died .*again.*KEY'
}

@test "popfetch died, mda-unknown hold: it stays until --retry" {
	unknown "$dies" 'mda-unknown hold'
	run --separate-stderr popfetch_user -f rc
	[ "$status" -ne 0 ]
	[ "$(wc -l <keys)" -eq 1 ]
	is_held 'earlier run died .*server.*--retry'
}

@test "stopped at once: it is given again, with the same key" {
	unknown "$stops" 'timeout 120'
	run -143 --separate-stderr popfetch_user -f rc
	assert_line_count 1
	assert_says '^popfetch: work: message 1: stopped .*again.*KEY'
	[ "$(wc -l <keys)" -eq 1 ]
	[ ! -e late ]
	comes_again
}

@test "stopped at once, mda-unknown hold: it stays until --retry" {
	unknown "$stops" 'timeout 120' 'mda-unknown hold'
	run -143 --separate-stderr popfetch_user -f rc
	assert_says '^popfetch: work: message 1: stopped .*server.*--retry'
	[ "$(wc -l <keys)" -eq 1 ]
	is_held
}

@test "mda-unknown hold: an MDA that ends by itself is no doubt" {
	serve 4
	rc 'n=$(ls tries | wc -l); >"tries/$n"
	    case $n in 0) exit 75 ;; 1) exit 1 ;; 2) kill -KILL $$ ;; esac
	    cat >"out/$POPFETCH_UID"' 'mda-unknown hold'
	mkdir tries
	run --separate-stderr popfetch_user -f rc
	[ "$status" -ne 0 ]
	[ "$(ls out | wc -l)" -eq 1 ]
	run -0 --separate-stderr popfetch_user -f rc
	same_mail want out
	[ "$(left)" -eq 0 ]
}

# Of this test's processes none but the named one is left.
test_processes_only()
{
	local pid

	for pid in $(test_processes); do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ] || return 1
	done
}

@test "root runs no MDA unless the run-control file says so" {
	[ "$(id -u)" -eq 0 ] || skip 'for root only'
	serve 2
	rc 'id -u >>ran'
	run --separate-stderr popfetch -f rc
	[ "$status" -eq 78 ] || [ "$status" -eq 77 ]
	assert_line_count 1
	assert_says 'root' 'runas'
	[ ! -e ran ]
	[ "$(left)" -eq 2 ]

	account 'set runas root' "set state '$top/state'" "$(<rc)"
	run -0 --separate-stderr popfetch -f rc
	[ "$(sort -u ran)" = 0 ]
	[ "$(left)" -eq 0 ]
}

@test "set runas makes the MDA another user's" {
	[ "$(id -u)" -eq 0 ] || skip 'for root only'
	getent passwd nobody >/dev/null || skip 'there is no user nobody'
	serve 2
	rc 'id -un >>ran'
	account 'set runas nobody' "set state '$top/state'" "$(<rc)"
	mkdir state
	chown -R nobody .
	chown root rc
	run -0 --separate-stderr popfetch -f rc
	[ "$(sort -u ran)" = nobody ]
	[ "$(left)" -eq 0 ]
}

# real MDA-NAME: for tests with real delivery agents, which look up their user.
real()
{
	[ -n "$(PATH=$PATH:/usr/lib/dovecot command -v "$1")" ] ||
	    fail "$1 is not installed"
	[ "$(id -u)" -eq 0 ] || getent passwd "$(id -u)" >/dev/null ||
	    skip "$1 wants its user in the password file"
	popfetch_copy
	"$mkmail" -s 42 -n 20 -f plain -e want wire
	popd_start --tls off --user joe --pass secret --wire --mail wire
}

@test "procmail delivers" {
	real procmail
	printf '%s\n' "MAILDIR=$top" "DEFAULT=$top/inbox/" \
	    "LOGFILE=$top/procmail.log" >pmrc
	rc "procmail -m $top/pmrc 2>>procmail.err"
	run -0 --separate-stderr popfetch_user -f rc
	assert_output_empty
	mkdir -p bare
	for f in inbox/new/*; do
		sed '1{/^From /d}' "$f" >"bare/${f##*/}"
	done
	same_mail want bare
	[ "$(left)" -eq 0 ]
}

@test "maildrop delivers" {
	real maildrop
	for d in new cur tmp; do
		mkdir -p "inbox/$d"
	done
	printf '%s\n' "to \"$top/inbox\"" >mdrc
	chmod 600 mdrc
	rc "maildrop $top/mdrc"
	run -0 --separate-stderr popfetch_user -f rc
	assert_output_empty
	same_mail want inbox
	[ "$(left)" -eq 0 ]
}

@test "dovecot-lda delivers" {
	local lda

	real dovecot-lda
	lda=$(PATH=$PATH:/usr/lib/dovecot command -v dovecot-lda)
	printf '%s\n' "mail_location = maildir:$top/inbox" \
	    "log_path = $top/lda.log" "base_dir = $top/run" \
	    "state_dir = $top/run" 'first_valid_uid = 1' ssl=no \
	    "mail_home = $top" 'postmaster_address = postmaster@localhost' \
	    >lda.conf
	rc "$lda -c $top/lda.conf"
	run -0 --separate-stderr popfetch_user -f rc
	assert_output_empty
	same_mail want inbox
	[ "$(left)" -eq 0 ]
}

@test "a real agent's refusal loses nothing" {
	real procmail
	printf '%s\n' "MAILDIR=$top" 'EXITCODE=75' ':0' '|false' \
	    'HOST=_stop_here_' >pmrc
	rc "procmail -m $top/pmrc"
	run --separate-stderr popfetch_user -f rc
	[ "$status" -eq 75 ] || [ "$status" -eq 65 ]
	[ "$(left)" -eq 20 ]
}

slow_delivery_over()
{
	[ -s "$BATS_FILE_TMPDIR/status" ]
}

@test "while an MDA is slow the server hears NOOP, and the session goes on" {
	wait_until 300 slow_delivery_over
	cd "$BATS_FILE_TMPDIR"
	[ "$(<status)" -eq 0 ] || fail "$(<slow.log)"
	[ ! -s slow.log ]
	[ "$(grep -c '^# connection' record)" -eq 1 ]
	[ "$(grep '^C: ' record | tail -n 3 | cut -c 1-7 | tr '\n' ' ')" = \
	    'C: NOOP C: DELE C: QUIT ' ]
	same_mail want out
	[ "$(left)" -eq 0 ]
}
