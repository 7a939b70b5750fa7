# What the sweeps share: a small mailbox served to any number of users, one run
# of popfetch against one of them, and the oracle.
#
# A sweep point has a user, a Maildir and a state directory of its own below
# $work; one popd serves them all.  The oracle is always the same: the multiset
# of digests in the Maildir equals what the server ever held.
#
# SWEEP_STEP=N takes every N-th point, SWEEP_JOBS=N as many at a time (2).
# SWEEP_NEXT=FAULT (a value for POPFETCH_FAULT) is for the run that makes it whole.
#
# All sweeps end with the same line, of which check-sweep makes its table:
#
#	NAME: N points, N lost, N doubled, N altered, N other failures, N s

: "${builddir:?}" "${srcdir:?}"
. "$srcdir/t/lib/tls.bash"
popfetch=$builddir/popfetch
fault_build=$builddir/t/lib/popfetch-fault
popd=$builddir/t/server/popd
sysfault=$builddir/t/lib/sysfault
shortread=$builddir/t/lib/shortread.so
mkmail=$builddir/t/lib/mkmail
shopt -s nullglob

# sweep_begin: sets $work, which goes with the process.  In memory, if there is
# such a place: a sync costs nothing there, and what a disk holds after a crash
# is another question.
sweep_begin() {
	umask 077
	work=$(mktemp -d -p /dev/shm 2>/dev/null) || work=$(mktemp -d) || exit 1
	trap sweep_exit EXIT
	trap 'exit 1' HUP INT TERM
	mkdir "$work/users" "$work/run"
	: >"$work/failures"
	: >"$work/reached"
}

sweep_exit() {
	kill $(jobs -p) 2>/dev/null
	sweep_stop
	wait 2>/dev/null
	rm -rf "$work"
}

# sweep_fail lost|doubled|altered|other TEXT...: one for each message, or each
# thing that is wrong otherwise; one line, however many there are in TEXT.
sweep_fail() {
	printf 'FAIL %s\n' "${*//$'\n'/ | }" >>"$work/failures"
}

# sweep_read FILE: into $REPLY, without a process.
sweep_read() {
	IFS= read -r -d '' REPLY <"$1"
}

# --- mail and accounts

# sweep_mail: messages in $work/wire, what they must become in $work/want.
# Short ones with all that a decoder can get wrong, so that every octet counts.
sweep_mail() {
	mkdir "$work/wire"
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
	"$mkmail" --oracle "$work/want" >"$work/want.sums"
	sweep_read "$work/want.sums"
	want_sums=$REPLY
	(cd "$work/want" && sha256sum *) >"$work/want.names"
}

# sweep_user NAME: a full maildrop of its own.
sweep_user() {
	mkdir "$work/users/$1"
	ln "$work"/wire/* "$work/users/$1/"
}

# sweep_rc NAME WORDS...: the run-control file of one point.  With $sweep_mda,
# a script, that takes the mail instead of a Maildir.
sweep_rc() {
	local dir=$work/run/$1 name=$1 sink="maildir \"$work/run/$1/Maildir\""
	[ -z "${sweep_mda:-}" ] || sink="mda \"sh $sweep_mda\""
	shift
	mkdir -p "$dir"
	[ -z "${sweep_mda:-}" ] || mkdir -p "$dir/mda/new" "$dir/mda/again"
	{
		# An MDA is not run as root unless that is said.
		[ -z "${sweep_mda:-}" ] || [ "$EUID" -ne 0 ] || echo set runas root
		printf 'poll sweep via localhost port %s user "%s" password x %s timeout %s %s\n' \
			"$port" "$name" "$sink" "${sweep_timeout:-20}" "$*"
	} >"$dir/rc"
}

# sweep_scenario WORD [TRANSPORT]: what the account says, in $words; "keep" or
# "nokeep" is the mode.  An MDA files what it gets under POPFETCH_KEY, whole or
# not at all, and numbers repeats.
sweep_scenario() {
	scenario=$1
	sweep_mda=
	mode=nokeep
	case $1 in
	keep) mode=keep ;;
	mda)
		sweep_mda=$work/mda
		cat >"$sweep_mda" <<-'END'
		cd "${0%/*}/run/$POPFETCH_USER/mda" || exit 75
		to=new/$POPFETCH_KEY n=1
		while [ -e "$to" ]; do to=again/$POPFETCH_KEY.$((n += 1)); done
		cat >"part.$$" && mv "part.$$" "$to" || exit 75
		END
		;;
	esac
	sweep_transport "${2:-plain}"
	words+=" $mode"
}

# sweep_transport plain|tls|stls: what the account says of it, in $words, and
# popd's options in the array $line.
sweep_transport() {
	local certs=$builddir/t/certs
	words='tls off' line=()
	[ "$1" != plain ] || return 0
	tls_certs "$certs"
	line=(--cert "$certs/good.pem" --key "$certs/server.key" --tls)
	case $1 in
	tls) words=ssl line+=(implicit) ;;
	stls) words=starttls line+=(stls) ;;
	esac
	words+=" sslcertfile \"$certs/ca.pem\""
}

# A journal of many messages that are delivered and gone.
sweep_large_journal() {
	mkdir -p "$work/run/$1/state"
	perl -e '
		my ($key, $crc, $seq) = ($ARGV[0], 0, 0);
		my @t = map { my $c = $_;
		    $c = $c >> 1 ^ ($c & 1 ? 0x82f63b78 : 0) for 1 .. 8; $c } 0 .. 255;
		sub line {
			my $s = ++$seq . " $_[0]";
			my $c = ~$crc & 0xffffffff;
			$c = $c >> 8 ^ $t[($c ^ $_) & 255] for unpack "C*", $s;
			$crc = ~$c & 0xffffffff;
			printf "%08x %s\n", $crc, $s;
		}
		line("popfetch-journal 1 $key");
		for (1 .. 640) {
			line("M old$_ 10 9 " . "ab" x 16 . " " . "cd" x 16 . " 1700000000");
			line("F " . ($seq));
		}' "$1@localhost:$port" >"$work/run/$1/state/$1@localhost:$port.journal"
}

# sweep_point NAME: a user, an account, and what stands before the run that
# suffers: in "recovery" two of the messages are moved, two have an intent only;
# in "forgotten" there is no journal of that any more; in "compaction" it is large
# and mostly dead.
sweep_point() {
	sweep_user "$1"
	sweep_rc "$1" "$words"
	case $scenario in
	recovery | forgotten)
		binary=$fault_build fault=file-move=5:3 sweep_run "$1"
		: >"$work/run/$1/out"
		[ "$scenario" = recovery ] || rm -r "$work/run/$1/state" ;;
	compaction) sweep_large_journal "$1" ;;
	esac
}

# sweep_forget NAME: it is done with.
sweep_forget() {
	rm -rf "$work/run/$1" "$work/users/$1"
}

# --- sessions on which the line plays tricks

# sweep_sessions TRANSPORT [MODE [PIPELINING]]: calls try_session for each kind
# of session, with its name in $scene, popd's options in the array $options.
sweep_sessions() {
	local kinds=${2:-keep nokeep later} kind pipelining
	transport=$1
	for kind in $kinds; do
		for pipelining in ${3:-yes no}; do
			scene=$kind-$pipelining options=()
			[ "$pipelining" = yes ] || options=(--no-pipelining)
			sweep_scenario "$kind" "${1#raw-}"
			try_session
		done
	done
}

# session_begin NAME: a popd, a full maildrop, an account, and what an earlier
# session has done.  A cut is meant for the session to come.
session_begin() {
	local nth=1
	[ "$scenario" != later ] || nth=2
	sweep_user "$1"
	sweep_serve "${options[@]}" --cut-conn $nth --record "$work/record-$1" \
		--max-seconds 300
	if [ "$scenario" = later ]; then
		sweep_rc "$1" "${words/%nokeep/keep}"
		sweep_run "$1"
	fi
	sweep_rc "$1" "$words"
}

# session_run NAME [VARIABLE...]: with what shortread is told.  A sanitizer does
# not let it in.
session_run() {
	local name=$1
	shift
	grep -q __asan_init "$popfetch" || set -- LD_PRELOAD="$shortread" \
		SHORTREAD_FILE="$work/run/$name/octets" "$@"
	sweep_run "$name" env "$@"
}

session_end() {
	sweep_stop
	rm -rf "$work/record-$1" "$work/run/$1" "$work/users/$1"
}

# --- runs

# sweep_run NAME [WRAPPER...]: one run; its exit status is the result.
sweep_run() {
	local name=$1
	shift
	env -i PATH="$PATH" HOME="$work/run/$name" POPFETCH_FAULT="${fault:-}" \
		"$@" "${binary:-$popfetch}" \
		-f "$work/run/$name/rc" --state "$work/run/$name/state" -q \
		${retry:+--retry} ${patience:+-t "$patience"} \
		>>"$work/run/$name/out" 2>&1 </dev/null
}

# sweep_again NAME: runs until the server has let go of the dead session, and
# a courier that outlived its supervisor of the lock, at most some seconds; then
# the exit status is the run's.  Whose login was cut off rests (77), and who met
# [IN-USE]; then somebody waits for it.
sweep_again() {
	local i status retry='' binary=$popfetch fault=${SWEEP_NEXT:-} patience=60
	[ -z "$fault" ] || binary=$fault_build
	for ((i = 0; i < 200; i++)); do
		: >"$work/run/$1/out"
		sweep_run "$1"
		status=$?
		case $status in
		75) ;;
		77) [ -z "$retry" ] || return 77 ;;
		*) return $status ;;
		esac
		# Of a rest nothing is said, nor of a busy lock.
		[ ! -s "$work/run/$1/out" ] ||
			grep -q 'IN-USE' "$work/run/$1/out" || return $status
		retry=yes
		[ $status -eq 77 ] || sleep 0.02
	done
	return 75
}

# sweep_serve OPTIONS...: a popd for all users; sets port and popd_pid.
sweep_serve() {
	local out
	port=
	exec {out}< <(exec "$popd" --wire --users "$work/users" \
		--max-seconds 86400 "${line[@]}" "$@")
	popd_pid=$!
	read -r port <&"$out"
	exec {out}<&-
	[ -n "$port" ] || exit 1
}

sweep_stop() {
	[ -n "${popd_pid:-}" ] || return 0
	kill "$popd_pid" 2>/dev/null
	wait "$popd_pid" 2>/dev/null
	popd_pid=
}

# sweep_all FILE FUNCTION: calls it with the words of each line, or of every
# $SWEEP_STEP-th, as arguments.  Some at a time: most of a point is waiting.
sweep_all() {
	local job jobs=${SWEEP_JOBS:-2} pids=()
	awk -v step="${SWEEP_STEP:-1}" 'NR % step == int(step / 2)' "$1" >"$1.some"
	for ((job = 0; job < jobs; job++)); do
		awk -v job="$job" -v jobs="$jobs" 'NR % jobs == job' "$1.some" |
			while read -r point; do
				"$2" $point </dev/null
			done &
		pids+=($!)
	done
	wait "${pids[@]}"
}

# sweep_counts: the system calls of a run of $binary, to $work/counts: process,
# number, name, number among those of that name.  From main on: what the dynamic
# linker does is not ours.
sweep_counts() {
	local status
	sweep_point count
	sweep_run count "$sysfault" -v -c "$work/counts.all" -- || {
		status=$?
		cat "$work/run/count/out"
		[ $status -eq 77 ] || status=1
		exit $status
	}
	# main opens and closes /dev/null, then sets its mask.
	awk 'NR == FNR { if ($1 == "0" && $3 == "umask") start = $2 - 2; next }
	NF == 3 { k = ++calls[$1, $3] }
	NF == 3 && ($1 != "0" || $2 >= start) { print $0, k }' \
		"$work/counts.all" "$work/counts.all" >"$work/counts"
	sweep_whole count "without a fault"
}

# sweep_reached NAME: a count run may have had a call or two more.
sweep_reached() {
	sweep_read "$work/run/$1/out"
	[[ $REPLY == *" made no such call"* ]] || echo >>"$work/reached"
}

# --- the oracle

# Digests of what was delivered; of an MDA's mail without repeats.
sweep_sums() {
	local dir=$work/run/$1/Maildir/new
	[ -z "${sweep_mda:-}" ] || dir=$work/run/$1/mda/new
	if [ -d "$dir" ]; then
		"$mkmail" --oracle "$dir"
	fi >"$work/run/$1/sums"
	sweep_read "$work/run/$1/sums"
}

# What a Maildir has too much.
sweep_extra() {
	local digest
	while read -r digest; do
		case $want_sums in
		*"$digest"*) sweep_fail doubled "$2: $digest" ;;
		*) sweep_fail altered "$2: $digest is no message" ;;
		esac
	done < <(comm -13 "$work/want.sums" "$work/run/$1/sums")
}

# SWEEP_SABOTAGE cuts messages, to see that this would be noticed.
sweep_sabotage() {
	local f
	[ -n "${SWEEP_SABOTAGE:-}" ] || return 0
	for f in "$work/run/$1"/Maildir/new/*; do
		[ ! -s "$f" ] || truncate -s -1 "$f"
	done
}

# sweep_part NAME POINT: after a fault the Maildir holds no message that is not
# one of the server's, and none twice.
sweep_part() {
	sweep_sabotage "$1"
	sweep_sums "$1"
	[ "$REPLY" = "$want_sums" ] || sweep_extra "$1" "$2, after the fault"
}

# sweep_safe NAME POINT, after sweep_part: what the server has no more is
# delivered.
sweep_safe() {
	local dir=$work/run/$1 name all=("$work"/wire/*) left=("$work/users/$1"/*)
	[ ${#all[@]} -ne ${#left[@]} ] || return 0
	printf '%s\n' "${left[@]##*/}" >"$dir/left"
	while read -r name; do
		sweep_fail lost "$2: $name is deleted but not delivered"
	done < <(awk 'FILENAME == ARGV[1] { have[$1]; next }
	FILENAME == ARGV[2] { left[$1]; next }
	!($2 in left) && !($1 in have) { print $2 }' \
		"$dir/sums" "$dir/left" "$work/want.names")
}

# sweep_repeats NAME POINT NUMBER: how many repeats there may be, of equal octets.
sweep_repeats() {
	local f n=0
	for f in "$work/run/$1"/mda/again/*; do
		n=$((n + 1))
		cmp -s "$f" "$work/run/$1/mda/new/$(basename "${f%.*}")" ||
			sweep_fail altered "$2: a repeat that differs"
	done
	[ $n -le "$3" ] || sweep_fail doubled "$2: $n repeats, not at most $3"
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
# once, nothing is left in the staging directory, nor on the server if it
# was to be deleted.
sweep_whole() {
	local dir=$work/run/$1 digest rest
	sweep_sums "$1"
	if [ "$REPLY" != "$want_sums" ]; then
		sweep_extra "$1" "$2"
		sweep_read "$dir/out"
		while read -r digest; do
			sweep_fail lost "$2: $digest $REPLY"
		done < <(comm -23 "$work/want.sums" "$dir/sums")
	fi
	rest=("$dir"/Maildir/tmp/.popfetch/*/* "$dir"/state/spool/*/*)
	[ ${#rest[@]} -eq 0 ] || sweep_fail other "$2: left behind: ${rest[*]}"
	[ "$mode" != keep ] || return 0
	rest=("$work/users/$1"/*)
	[ ${#rest[@]} -eq 0 ] ||
		sweep_fail other "$2: still on the server: ${rest[*]##*/}"
}

# sweep_next NAME POINT: a plain run makes it whole.
sweep_next() {
	sweep_again "$1" ||
		sweep_fail other "$2: next run: $? $(<"$work/run/$1/out")"
	sweep_whole "$1" "$2"
}

# sweep_says POINT OUTPUT: OUTPUT is a message of ours, and names a reason.
sweep_says() {
	case $2 in
	*Success* | *'(null)'*) sweep_fail other "$1: names nothing: $2" ;;
	"popfetch: "*) ;;
	*) sweep_fail other "$1: not a message of popfetch: $2" ;;
	esac
}

# sweep_end NAME: the figures; non-zero if anything is wrong or nothing was tried.
sweep_end() {
	head -n "${SWEEP_LINES:-20}" "$work/failures"
	awk -v name="$1" -v points="$(wc -l <"$work/reached")" -v time="$SECONDS" '
	{ n[$2]++ }
	END {
		printf "%s: %d points, %d lost, %d doubled, %d altered, " \
		    "%d other failures, %d s\n", name, points, n["lost"],
		    n["doubled"], n["altered"], n["other"], time
		exit NR > 0 || points == 0
	}' "$work/failures"
}
