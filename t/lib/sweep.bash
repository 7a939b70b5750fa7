# What the sweeps share: a small mailbox served to any number of users, one run
# of popfetch against one of them, and the oracle.
#
# A sweep point has a user, a Maildir and a state directory of its own below
# $work; one popd serves them all.  The oracle is always the same: the multiset
# of digests in the Maildir equals what the server ever held.

: "${builddir:?}" "${srcdir:?}"
popfetch=$builddir/popfetch
popd=$builddir/t/server/popd
sysfault=$builddir/t/lib/sysfault
mkmail=$builddir/t/lib/mkmail
shopt -s nullglob

# One line, however many there are in it.
sweep_fail() {
	printf 'FAIL %s\n' "${*//$'\n'/ | }" >>"$work/failures"
}

# sweep_mail: messages in $work/wire, what they must become in $work/want.
# Short ones with all that a decoder can get wrong, so that every octet counts.
sweep_mail() {
	mkdir -p "$work/wire"
	printf 'From: a@example.org\r\nSubject: dots\r\n\r\n..\r\n.x\r\n.\r\r\n' >"$work/wire/1"
	printf 'Return-Path: <b@example.org>\r\nSubject: bare\r\n\r\na\n.\nb\rc\0d\r\n' >"$work/wire/2"
	printf 'Subject: no end\r\n\r\nlast line' >"$work/wire/3"
	: >"$work/wire/4"
	sweep_expect
}

# Stored form: CRLF becomes LF, nothing else; POP3 ends every line with CRLF.
sweep_expect() {
	local f
	mkdir -p "$work/want"
	for f in "$work"/wire/*; do
		perl -0777 -pe 's/\r\n\z//; $_ .= "\r\n" if length; s/\r\n/\n/g' \
			"$f" >"$work/want/${f##*/}"
	done
	sweep_sums "$work/want" >"$work/want.sums"
	(cd "$work/want" && sha256sum *) >"$work/want.names"
}

# The multiset of digests of the files in a directory.
sweep_sums() {
	[ -d "$1" ] || return 1
	"$mkmail" --oracle "$1"
}

# sweep_user NAME: a full maildrop of its own.
sweep_user() {
	mkdir "$work/users/$1"
	ln "$work"/wire/* "$work/users/$1/"
}

# sweep_rc NAME PORT WORDS...: the run-control file of one point.  With
# $sweep_mda, a program, that takes the mail instead of a Maildir.
sweep_rc() {
	local name=$1 port=$2 sink="maildir \"$work/run/$1/Maildir\""
	[ -z "${sweep_mda:-}" ] || sink="mda \"$sweep_mda\""
	shift 2
	mkdir -p "$work/run/$name/mda/new" "$work/run/$name/mda/again"
	(umask 077
	{
		# An MDA is not run as root unless that is said.
		[ -z "${sweep_mda:-}" ] || [ "$(id -u)" -ne 0 ] || echo set runas root
		printf 'poll sweep via localhost port %s user "%s" password x %s timeout %s %s\n' \
			"$port" "$name" "$sink" "${sweep_timeout:-20}" "$*"
	} >"$work/run/$name/rc")
}

# sweep_scenario WORD: what the account says, in $words; "keep" or "nokeep"
# is the mode.  An MDA files what it gets under POPFETCH_KEY, whole or not at
# all, and numbers repeats.
sweep_scenario() {
	mode=$1
	sweep_mda=
	case $1 in
	mda)
		mode=nokeep
		sweep_mda=$work/mda
		cat >"$work/mda" <<-'END'
		#!/bin/sh
		cd "${0%/*}/run/$POPFETCH_USER/mda" || exit 75
		to=new/$POPFETCH_KEY n=1
		while [ -e "$to" ]; do to=again/$POPFETCH_KEY.$((n += 1)); done
		cat >"part.$$" && mv "part.$$" "$to" || exit 75
		END
		chmod +x "$work/mda" ;;
	keep | nokeep) ;;
	*) mode=nokeep ;;
	esac
	words="tls off $mode"
}

# sweep_run NAME [WRAPPER...]: one run; its exit status is the result.
sweep_run() {
	local name=$1
	shift
	env -i PATH="$PATH" HOME="$work/run/$name" POPFETCH_FAULT="${fault:-}" \
		"$@" "${binary:-$popfetch}" \
		-f "$work/run/$name/rc" --state "$work/run/$name/state" -q \
		>>"$work/run/$name/out" 2>&1 </dev/null
}

# sweep_again NAME: runs until the server has let go of the dead session, and
# a courier that outlived its supervisor of the lock, at most some seconds; then
# the exit status is the run's.
sweep_again() {
	local i status
	for ((i = 0; i < 100; i++)); do
		: >"$work/run/$1/out"
		sweep_run "$1"
		status=$?
		[ $status -eq 75 ] || return $status
		# Of a busy lock nothing is said.
		[ ! -s "$work/run/$1/out" ] ||
			grep -q 'IN-USE' "$work/run/$1/out" || return $status
		sleep 0.05
	done
	return 75
}

# sweep_part NAME POINT: after a fault the Maildir holds no message that is not
# one of the server's, and none twice.
# SWEEP_SABOTAGE cuts a message here, to see that this would be noticed.
sweep_part() {
	local sums=$work/run/$1/sums extra f
	if [ -n "${SWEEP_SABOTAGE:-}" ]; then
		for f in "$work/run/$1"/Maildir/new/*; do
			[ ! -s "$f" ] || truncate -s -1 "$f"
		done
	fi
	sweep_mail_of "$1" >"$sums" || return 0
	[ "$(<"$sums")" != "$(<"$work/want.sums")" ] || return 0
	extra=$(comm -13 "$work/want.sums" "$sums")
	[ -z "$extra" ] || sweep_fail "$2: after the fault: cut, doubled or altered: $extra"
}

# Digests of what was delivered; of an MDA's mail without repeats.
sweep_mail_of() {
	local dir=$work/run/$1/Maildir/new
	[ -z "${sweep_mda:-}" ] || dir=$work/run/$1/mda/new
	sweep_sums "$dir"
}

# sweep_safe NAME POINT, after sweep_part: what the server has no more is
# delivered.
sweep_safe() {
	local dir=$work/run/$1 lost all=("$work"/wire/*) left=("$work/users/$1"/*)
	[ ${#all[@]} -ne ${#left[@]} ] || return 0
	printf '%s\n' "${left[@]##*/}" >"$dir/left"
	lost=$(awk 'FILENAME == ARGV[1] { have[$1]; next }
	FILENAME == ARGV[2] { left[$1]; next }
	!($2 in left) && !($1 in have) { print $2 }' \
		"$dir/sums" "$dir/left" "$work/want.names")
	[ -z "$lost" ] || sweep_fail "$2: deleted but not delivered: $lost"
}

# sweep_repeats NAME POINT NUMBER: how many repeats there may be, of equal octets.
sweep_repeats() {
	local f n=0
	for f in "$work/run/$1"/mda/again/*; do
		n=$((n + 1))
		cmp -s "$f" "$work/run/$1/mda/new/$(basename "${f%.*}")" ||
			sweep_fail "$2: a repeat that differs"
	done
	[ $n -le "$3" ] || sweep_fail "$2: $n repeats, not at most $3"
}

# sweep_grace TRACE [CALL K]: 1 if the traced courier (0.1) met the fault while
# an MDA had a message or before the outcome was noted: one message may then
# come again.  The fault is at the last call, or at the K-th of that name.
sweep_grace() {
	awk -v name="${2:-}" -v k="${3:-0}" '$1 == "0.1" && NF == 3 {
		call[++n] = $3
		if ($3 == name && ++hits == k) at = n
	}
	END {
		if (at == 0) at = n
		for (i = 1; i < at; i++)
			if (call[i] == "clone") { open = ++forks > 1 }
			else if (call[i] == "write") open = 0
		print open + 0
	}' "$1"
}

# sweep_whole NAME POINT: after the next run every message is there exactly
# once, and nothing is left in the staging directory.
sweep_whole() {
	local dir=$work/run/$1 rest
	sweep_mail_of "$1" >"$dir/sums"
	[ "$(<"$work/want.sums")" = "$(<"$dir/sums")" ] ||
		sweep_fail "$2: $(diff "$work/want.sums" "$dir/sums" | grep '^[<>]')" \
			"$(<"$dir/out")"
	rest=("$dir"/Maildir/tmp/.popfetch/*/* "$dir"/state/spool/*/*)
	[ ${#rest[@]} -eq 0 ] || sweep_fail "$2: left behind: ${rest[*]}"
}

# sweep_empty NAME POINT: nothing is left on the server.
sweep_empty() {
	local rest=("$work/users/$1"/*)
	[ ${#rest[@]} -eq 0 ] || sweep_fail "$2: still on the server: ${rest[*]##*/}"
}

# sweep_serve OPTIONS...: a popd for all users; sets port and popd_pid.
sweep_serve() {
	local file=$work/port.$BASHPID i
	rm -f "$file"
	"$popd" --wire --users "$work/users" --port-file "$file" \
		--max-seconds 7200 "$@" &
	popd_pid=$!
	for ((i = 0; i < 500; i++)); do
		[ -s "$file" ] && break
		sleep 0.01
	done
	port=$(cat "$file")
}

# sweep_all FILE FUNCTION: calls it with the words of each line as arguments,
# of every $SWEEP_STEP-th line if that is set; adds to $points.  Two at a time:
# most of a point is waiting.
sweep_all() {
	local half halves=()
	awk -v step="${SWEEP_STEP:-1}" 'NR % step == int(step / 2)' "$1" >"$1.some"
	for half in 0 1; do
		awk -v half="$half" 'NR % 2 == half' "$1.some" |
			while read -r point; do
				"$2" $point </dev/null
			done &
		halves+=($!)
	done
	wait "${halves[@]}"
	points=$((${points:-0} + $(wc -l <"$1.some")))
}

# sweep_counts WORD...: the system calls of a run of $binary, to $work/counts:
# process, number, name, number among those of that name.  From main on: what
# the dynamic linker does is not ours.
sweep_counts() {
	sweep_user count
	sweep_rc count "$port" "$*"
	sweep_run count "$sysfault" -v -c "$work/counts.all" -- || {
		local status=$?
		cat "$work/run/count/out"
		[ $status -eq 77 ] || status=1
		exit $status
	}
	# main opens and closes /dev/null, then sets its mask.
	awk 'NR == FNR { if ($1 == "0" && $3 == "umask") start = $2 - 2; next }
	NF == 3 { k = ++calls[$1, $3] }
	NF == 3 && ($1 != "0" || $2 >= start) { print $0, k }' \
		"$work/counts.all" "$work/counts.all" >"$work/counts"
}

# sweep_reached NAME: a count run may have had a call or two more.
sweep_reached() {
	[[ $(<"$work/run/$1/out") == *" made no such call"* ]] ||
		echo >>"$work/reached"
}

# sweep_end NAME POINTS: the figures; non-zero if a point failed or none ran.
sweep_end() {
	local failed=0
	[ ! -s "$work/failures" ] || failed=$(wc -l <"$work/failures")
	[ "$failed" -eq 0 ] || head -n "${SWEEP_LINES:-20}" "$work/failures"
	printf '%s: %d points, %d failed\n' "$1" "$2" "$failed"
	[ "$failed" -eq 0 ] && [ "$2" -gt 0 ]
}
