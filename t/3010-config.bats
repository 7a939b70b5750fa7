# Looking at the configuration: --check-config, --show-config, and what these
# must not do.

load lib/common.bash

# Is each line of the file an object?
assert_json()
{
	perl -MJSON::PP -e1 2>/dev/null || return 0
	perl -MJSON::PP -ne 'decode_json($_)' "$1" || fail "$(cat "$1")"
}

# The octets that all that is in the way would leave behind.
trap_rc()
{
	"$mkmail" -s 3 -n 1 -f plain -e want mail
	popd_start --tls off --user joe --pass secret --record "$top/log" \
	    --mail mail
	account "set runas '$(id -un)'" \
	    "poll work via localhost port $port tls off keep" \
	    "user joe maildir inbox passwordeval 'touch $top/ran; echo secret'" \
	    "poll other via localhost port $port tls off keep" \
	    "user ann passwordfile '$top/fifo'" "maildir inbox2"
	mkfifo fifo
}

@test "what is right is right, and notes are no errors" {
	account 'set daemon 300' 'poll a uidl ssl keep user joe maildir m'
	run -0 --separate-stderr popfetch -f rc --check-config
	[ -z "$stderr" ]
	[ "$output" = "rc:1:5: note: 'daemon' changes nothing: popfetch runs \
once; use cron or a timer
    1 | set daemon 300
      |     ^~~~~~
rc:2:8: note: 'uidl' changes nothing: popfetch always asks for UIDs
    2 | poll a uidl ssl keep user joe maildir m
      |        ^~~~" ]
	account 'poll a ssl keep user joe maildir m'
	run -0 popfetch -f rc --check-config
	assert_output_empty
	run -0 popfetch -f rc --check-config --json
	assert_output_empty
}

@test "errors and notes are objects, one on a line" {
	account 'set daemon 300' 'poll a "keep' 'poll b proto imap'
	run -78 --separate-stderr popfetch -f rc --check-config --json
	[ -z "$stderr" ]
	printf '%s\n' "$output" >json
	assert_json json
	[ "${lines[0]}" = '{"v":1,"event":"note","kind":"config","file":"rc",'\
'"line":1,"column":5,"text":"'\''daemon'\'' changes nothing: popfetch runs '\
'once; use cron or a timer"}' ]
	[ "${lines[1]}" = '{"v":1,"event":"error","kind":"config","file":"rc",'\
'"line":2,"column":8,"text":"missing end quote"}' ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "what stands in no line is told as well" {
	run -78 popfetch -f none --check-config
	assert_says '^error: none: No such file or directory'
	run -78 popfetch -f none --check-config --json
	assert_says '^[{]"v":1,"event":"error","kind":"config","text":"none: No'
	: >rc
	run -78 popfetch -f rc --check-config
	assert_says 'no account in rc'
	account 'poll a user joe pass x keep ssl maildir m'
	chmod 644 rc
	run -78 popfetch -f rc --check-config
	assert_says '^error: rc: holds a password and is open to others; chmod 600 rc'
	account 'poll a user "" keep ssl maildir m' 'poll b via "c d"' \
	    'keep ssl maildir m'
	run -78 popfetch -f rc --check-config
	assert_says '^rc:1: error: the user name is empty' \
	    "^rc:2: error: 'c d' is not a host"
}

@test "an account for another protocol is an error of its own" {
	account 'poll a proto imap user joe keep ssl maildir m' \
	    'poll b user joe keep ssl maildir m'
	run -78 popfetch -f rc --check-config
	assert_line_count 1
	assert_says "^rc:1: error: a: 'protocol imap': popfetch speaks POP3 only"
	account 'skip a proto imap user joe keep ssl maildir m' \
	    'poll b user joe keep ssl maildir m'
	run -0 popfetch -f rc --check-config
	assert_says '^rc:1: note: a: '
}

@test "nothing is connected to, run or read, and no password asked for" {
	trap_rc
	run -0 timeout 100 "$popfetch_bin" -f rc --check-config 3>&-
	run -0 timeout 100 "$popfetch_bin" -f rc --show-config 3>&-
	run -0 timeout 100 "$popfetch_bin" -f rc --show-config --show-secrets 3>&-
	[ ! -e ran ]
	[ ! -s log ]
	[ ! -e inbox ] && [ ! -e "$XDG_STATE_HOME" ]
	# The trap would have noticed.
	run -0 popfetch -f rc work
	[ -e ran ] && [ -s log ]
}

@test "passwords are shown only where that is asked for" {
	account 'poll a user joe pass "hunter2" keep ssl maildir m'
	run -0 popfetch -f rc --show-config
	assert_says '^	password "[*]{4}"$'
	run -0 popfetch -f rc --show-config --json
	never grep -q hunter <<<"$output"
	run -0 popfetch -f rc --show-config --json --show-secrets
	assert_says '"password":"hunter2"'
	run -0 popfetch -f rc --check-config
	never grep -q hunter <<<"$output"
}

@test "the command line wins over every account" {
	account 'poll a keep maildir m user joe timeout 5' \
	    'poll b user joe no keep timeout 6'
	run -0 popfetch -f rc --show-config --json -K -t 7 --maildir /x
	[ "$(grep -c '"timeout":7.*"keep":false.*"maildir":"/x"' \
	    <<<"$output")" -eq 2 ]
}

@test "flush deletes what an earlier run delivered, after a look at it" {
	local second

	"$mkmail" -s 3 -n 3 -f plain -e want mail
	popd_start --tls off --user joe --pass secret --mail mail
	account "poll work via localhost port $port tls off" \
	    'user joe password secret maildir inbox keep flush'
	run -0 popfetch -f rc
	assert_mail_count inbox 3
	[ "$(ls mail | wc -l)" -eq 3 ]
	second=$(date +%s)
	wait_until 60 later_than "$second"
	run -0 popfetch -f rc
	assert_mail_count inbox 3
	[ "$(ls mail | wc -l)" -eq 0 ]
}

later_than()
{
	[ "$(date +%s)" -gt "$1" ]
}

@test "the table of keywords has five columns and all classes" {
	local n

	run -0 popfetch --help-keywords
	[ -z "$(awk '$4 !~ /^(works|harmless|refused)$/' <<<"$output")" ]
	assert_says '^keep +user +flag,age +works' \
	    '^stripcr +user +flag +harmless +messages are delivered' \
	    '^smtphost +user +list +refused +popfetch does not'
	n=$(wc -l <<<"$output")
	run -0 popfetch --help-keywords --json
	[ "$(grep -cE '^\{"v":1,"event":"(keyword|option)","name":".*"class":".*"\}$' \
	    <<<"$output")" -eq "$n" ]
	python3 -c 'import json, sys
for line in sys.stdin: json.loads(line)' <<<"$output"
}

# What the real one prints, with both names where it writes -u, --user[name].
fetchmail_options()
{
	fetchmail --help 2>/dev/null | sed -nE '
		s/^ +(-.,)? *--\[(fetch)\]all .*/--all\n--fetchall/p; t
		s/^ +(-.,)? *--([a-z-]+)\[([a-z]+)\].*/--\2\n--\2\3/p; t
		s/^ +(-.,)? *(--[a-z-]+).*/\2/p'
}

@test "every option of fetchmail is in the table, with its class" {
	local option line

	command -v fetchmail >/dev/null || skip 'no fetchmail here'
	popfetch --help-keywords | grep '^--' >table
	[ -z "$(awk '$4 !~ /^(works|harmless|refused)$/' table)" ]
	fetchmail_options >options
	[ "$(wc -l <options)" -gt 70 ]
	while read -r option; do
		line=$(grep -e "^$option " table) || fail "$option"
		# Refused is what is answered with 64.
		set -- "$option"
		[[ $line != *' VALUE '* ]] || set -- "$option=1"
		[[ $line == *' works '* ]] ||
		    run popfetch "$@" -f /none --show-config
		[[ $line == *' works '* || $status -eq \
		    $([[ $line == *' refused '* ]] && echo 64 || echo 78) ]] ||
		    fail "$line" "$status" "$output"
	done <options
}

@test "--check-config: what root does not run is told" {
	account 'poll a ssl keep maildir m user x passwordeval "pass x"' \
	    'poll b ssl keep maildir m user x password y on-new "echo new"' \
	    'poll c ssl keep maildir m user x password y'
	run --separate-stderr popfetch -f rc --check-config
	if [ "$(id -u)" -ne 0 ]; then
		[ "$status" -eq 0 ]
		return
	fi
	[ "$status" -eq 78 ]
	assert_line_count 2
	assert_says '^rc:1: error: a: its commands are not run as root; add ' \
	    '^rc:2: error: b: its commands are not run as root; add '
	sed -i '1iset runas root' rc
	run -0 --separate-stderr popfetch -f rc --check-config
	assert_output_empty
}
