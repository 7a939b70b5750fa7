# What every test file starts with: its own directory and environment, the
# programs under test, servers that end with the test, and assertions.
#
# A test finds
#	$top		its directory, which is also the current one
#	$HOME		$top/home
#	$certs		certificates (tls.bash)
# and afterwards nothing that it started may be left.
#
# Seconds that something may take are a net for what hangs: many, for a machine
# that has a lot else to do.  A test must not be about how fast it is.

: "${srcdir:=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)}"
: "${builddir:=$srcdir/build}"
[ -x "$builddir/popfetch" ] || [ ! -x "$PWD/popfetch" ] || builddir=$PWD
bats_require_minimum_version 1.5.0
. "$srcdir/t/lib/tls.bash"

popfetch_bin=$builddir/popfetch
mkmail=$builddir/t/lib/mkmail
certs=$builddir/t/certs

setup()
{
	test_setup
}

teardown()
{
	test_teardown
}

test_setup()
{
	local v

	for v in $(compgen -e); do
		case $v in
		BATS_* | PATH | TMPDIR | ASAN_* | UBSAN_* | LSAN_*) ;;
		builddir | srcdir | POPFETCH_VALGRIND) ;;
		# They would be ordinary variables from then on.
		SECONDS | RANDOM | SRANDOM | EPOCH*) ;;
		*) unset "$v" 2>/dev/null || : ;;
		esac
	done
	umask 022
	top=$BATS_TEST_TMPDIR
	export LC_ALL=C TZ=UTC HOME=$top/home
	export XDG_CONFIG_HOME=$HOME/.config XDG_STATE_HOME=$HOME/.local/state
	export USER=joe LOGNAME=joe SHELL=/bin/sh PATH TMPDIR=$top
	mkdir -p "$HOME"
	cd "$top"

	# Servers and ordinary users have to get through.
	chmod go+x "$BATS_RUN_TMPDIR" "${top%/*}" "$top"
	popd_pids=()
	tls_certs "$certs"
}

test_teardown()
{
	local pid left

	[ -n "${BATS_TEST_COMPLETED-}" ] ||
	    printf '%s\n' "status ${status-}" "${output-}" "${stderr-}" >&2
	for pid in "${popd_pids[@]}"; do
		stop_group "$pid"
	done
	[ -z "${dovecot_pid-}" ] || dovecot_stop
	cd /
	wait_until 60 test_processes_gone || {
		left=$(test_processes)
		kill -KILL $left 2>/dev/null
		fail 'the test left processes behind' \
		    "$(grep -sz ^ $(printf '/proc/%s/cmdline ' $left) |
		    tr '\0' ' ')"
	}
}

# Everything started by a test has its HOME.
test_processes()
{
	local f pid left=''

	for f in $(grep -lsxzF "HOME=$HOME" /proc/[0-9]*/environ); do
		pid=${f#/proc/}
		pid=${pid%/environ}
		grep -qs '^State:.Z' "/proc/$pid/status" ||
		    [ ! -e "/proc/$pid" ] || left+="$pid "
	done
	echo "${left% }"
}

test_processes_gone()
{
	[ -z "$(test_processes)" ]
}

# fail LINE...: ends the test.
fail()
{
	printf '%s\n' "$@" >&2
	return 1
}

# never COMMAND...: it must fail.  Bash lets "!" pass whatever comes of it.
never()
{
	! "$@" || fail "should have failed: $*"
}

# wait_until SECONDS COMMAND...
wait_until()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ "$SECONDS" -le "$end" ] || return 1
		sleep 0.02
	done
}

# Whether a process is gone, if only its parent's wait(2) may be missing.
process_gone()
{
	! kill -0 "$1" 2>/dev/null || grep -qs '^State:.Z' "/proc/$1/status"
}

group_gone()
{
	! kill -0 -- "-$1" 2>/dev/null || cat /proc/[0-9]*/stat 2>/dev/null |
	    awk -v group="$1" '{ sub(/.*\) /, "") }
	    $1 != "Z" && $3 == group { n++ }
	    END { exit n > 0 }'
}

# Ends the processes of a group and waits until they are gone.
stop_group()
{
	kill -TERM -- "-$1" 2>/dev/null
	wait "$1" 2>/dev/null || :
	wait_until 60 group_gone "$1" || {
		kill -KILL -- "-$1" 2>/dev/null
		fail "process group $1 had to be killed"
	}
}

popfetch()
{
	if [ -n "${POPFETCH_VALGRIND-}" ]; then
		valgrind -q --error-exitcode=99 --leak-check=full \
		    --trace-children=yes --trace-children-skip='/bin/*,/usr/*' \
		    "$popfetch_bin" "$@"
	else
		"$popfetch_bin" "$@"
	fi </dev/null 3>&-
}

# The same in the background; sets $popfetch_pid.
popfetch_start()
{
	"$popfetch_bin" "$@" </dev/null 3>&- &
	popfetch_pid=$!
}

# popfetch_end ends that at once; sets $status.  Its second signal does so, but
# two that come too soon are one.
popfetch_end()
{
	wait_until 60 popfetch_is_ended || fail 'popfetch does not end'
	status=0
	wait "$popfetch_pid" 2>/dev/null || status=$?
}

popfetch_is_ended()
{
	process_gone "$popfetch_pid" || {
		kill "$popfetch_pid" 2>/dev/null
		return 1
	}
}

# as_user COMMAND...: as an ordinary user.  For root that is user 65534, to
# whom the test's directory then belongs.
as_user()
{
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
		return
	fi
	chown -R 65534:65534 "$top"
	setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"
}

# popfetch_copy puts popfetch and the certificates, which may lie where only
# root gets to, into the test's directory; popfetch_user runs it as_user.
popfetch_copy()
{
	[ "$(id -u)" -eq 0 ] || return 0
	mkdir -p "$top/bin" "$top/certs"
	install -m 755 "$popfetch_bin" "$top/bin/popfetch"
	install -m 644 "$certs"/*.pem "$top/certs"
	certs=$top/certs
	popfetch_bin=$top/bin/popfetch
}

popfetch_user()
{
	as_user "$popfetch_bin" "$@" </dev/null 3>&-
}

# popd_start ARGUMENT...: sets $port and $popd_pid.  Without --port that is any
# port that is free, which may be somebody else's as soon as this popd ends.
popd_start()
{
	local file=$top/port.${#popd_pids[@]}

	rm -f "$file"
	setsid "$builddir/t/server/popd" --port 0 --port-file "$file" \
	    --max-seconds 3600 "$@" >"$file.log" 2>&1 3>&- &
	popd_pid=$!
	popd_pids+=("$popd_pid")
	wait_until 60 popd_ready_or_dead "$file"
	[ -s "$file" ] || fail 'popd did not start:' "$(<"$file.log")"
	port=$(<"$file")
}

popd_ready_or_dead()
{
	[ -s "$1" ] || ! kill -0 "$popd_pid" 2>/dev/null
}

# popd_port: sets $port to one that is the test's up to its end.  It refuses
# connections, except while there is a popd_start --port "$port".
popd_port()
{
	popd_start --hold
}

# popd_idle: waits until the last one has no client any more, and its record is
# whole: who was killed, or left without QUIT, was not waited for.
popd_idle()
{
	wait_until 60 popd_has_no_client || fail 'a client of popd stays'
}

popd_has_no_client()
{
	! grep -qs . "/proc/$popd_pid/task/$popd_pid/children"
}

# Stops the one that was started last.
popd_stop()
{
	stop_group "$popd_pid"
	unset "popd_pids[-1]"
}

# account LINE...: writes the run-control file $top/rc.
account()
{
	(umask 077 && printf '%s\n' "$@" >"$top/rc")
}

# Messages in a Maildir.
mail_count()
{
	[ -d "$1/new" ] || {
		echo 0
		return
	}
	find "$1/new" "$1/cur" -type f | wc -l
}

assert_mail_count()
{
	local n

	n=$(mail_count "$1")
	[ "$n" -eq "$2" ] || fail "$1 holds $n messages, not $2"
}

# same_mail EXPECTED-DIR DIR: DIR (a Maildir, or a directory of files) holds
# the messages of EXPECTED-DIR, each once, byte for byte.
same_mail()
{
	local dir=$2

	[ ! -d "$dir/new" ] || dir=$dir/new
	"$mkmail" --oracle "$1" >"$top/oracle.want"
	"$mkmail" --oracle "$dir" >"$top/oracle.got"
	cmp -s "$top/oracle.want" "$top/oracle.got" && return
	echo "$2 differs from $1 (< missing, > too much):" >&2
	diff "$top/oracle.want" "$top/oracle.got" | grep '^[<>]' |
	    head -n 20 >&2
	fail "$(wc -l <"$top/oracle.want") wanted," \
	    "$(wc -l <"$top/oracle.got") there"
}

# Nothing half received lies about.
assert_staging_empty()
{
	local left

	[ -d "$1/tmp" ] || return 0
	left=$(find "$1/tmp" -type f ! -name '*.alive')
	[ -z "$left" ] || fail "left in $1/tmp:" "$left"
}

# After "run": nothing was printed.
assert_output_empty()
{
	[ -z "$output" ] || fail 'unexpected output:' "$output"
	[ -z "${stderr-}" ] || fail 'unexpected on stderr:' "$stderr"
}

# assert_line_count N: lines of $output and $stderr together.
assert_line_count()
{
	local text=$output${stderr:+${output:+$'\n'}$stderr} n=0

	[ -z "$text" ] || n=$(wc -l <<<"$text")
	[ "$n" -eq "$1" ] || fail "$n lines, not $1:" "$text"
}

# assert_says REGEX...: each is somewhere in $output or $stderr.
assert_says()
{
	local re text=$output$'\n'${stderr-}

	for re; do
		grep -Eqi -e "$re" <<<"$text" ||
		    fail "does not say /$re/:" "$text"
	done
}
