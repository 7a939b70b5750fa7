#!/usr/bin/env bats
# Servers that lie, break off, drip, flood and inject: the cases of t/hostile, each
# once in cleartext with PIPELINING, and some of the other runs.  All of them in
# make check-sweep.  The checks have to notice what is wrong, or they would prove
# nothing.

setup() {
	export builddir srcdir
	cd "$BATS_TEST_TMPDIR"
}

hostile() {
	run "$srcdir/t/lib/hostile" "$@"
	echo "$output"
}

# One case, which must fail, with these words; "|" is the tab of a script.
notices() {
	printf 'case one\n' >one.pop
	sed 's/^|/\t/' >>one.pop
	hostile -t clear -p yes one.pop
	[ "$status" -ne 0 ]
	[[ "$output" == *"1 cases, 1 runs, 1 failed"* ]]
	[[ "$output" == *"$1"* ]]
}

@test "hostile servers: nothing is lost, twice, cut or forged" {
	hostile -s 40
	[ "$status" -eq 0 ]
}

@test "noticed: a message that is not the server's" {
	notices 'cut, doubled or forged' <<-'END'
	mail a Subject: x\r\n\r\none\r\n
	|on RETR 1
	|S: +OK
	|S: Subject: forged
	|S: .
	END
}

@test "noticed: a message that is gone and not here" {
	notices 'lost' <<-'END'
	mda exit 0
	END
}

@test "noticed: a message that did not arrive in the end" {
	notices 'missing' <<-'END'
	mode keep
	rc limit 1
	END
}

@test "noticed: a message twice" {
	notices 'cut, doubled or forged' <<-'END'
	mode keep
	next for f in Maildir/new/*; do cp "$f" "$f.again"; break; done
	END
}

@test "noticed: a message still on the server" {
	notices 'still on the server' <<-'END'
	popd --ignore-dele
	second same
	END
}

@test "noticed: a wrong exit status, a command too many, a missing one" {
	notices 'exit 0, not 75' <<<'exit 75'
	notices 'sent /DELE/ 3 times' <<<'never DELE'
	notices 'did not send /NOOP/' <<<'sent NOOP'
}

@test "noticed: too many words, or none" {
	notices 'says 1 lines, not 0' <<-'END'
	exit 75
	lines 0
	|S: -ERR
	END
	notices 'does not say /sorry/' <<-'END'
	exit 75
	says sorry
	|S: -ERR
	END
}

@test "noticed: the password in the output" {
	notices 'prints the password' <<-'END'
	make password=work
	exit 75
	|S: -ERR
	END
}

@test "noticed: time and memory" {
	notices 'took' <<-'END'
	within 0
	|delay 100
	|serve greeting
	END
	notices 'MiB' <<<'peak 1'
}

@test "noticed: commands that go together without leave" {
	notices 'pipelined without leave' <<-'END'
	popd --no-pipelining
	unnoted pipelined without leave
	|on CAPA
	|S: +OK
	|S: UIDL
	|S: PIPELINING
	|S: .
	END
}
