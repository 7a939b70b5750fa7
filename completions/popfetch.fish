# Completion of popfetch's command line for fish.  The options and the kinds of
# their values are what "popfetch --help" prints.

# The names of the accounts, of the file of -f if there is one.
function __popfetch_accounts
    set -l words (commandline -opc)
    set -l file
    for i in (seq 2 (count $words))
        switch $words[$i]
            case '--file=*'
                set file -f (string replace -- '--file=' '' $words[$i])
            case -f --file
                set -q words[(math $i + 1)]
                and set file -f $words[(math $i + 1)]
        end
    end
    popfetch --show-config --json $file 2>/dev/null </dev/null |
        string replace -rf '^\{"label":"([^"\\\\]*)".*' '$1' | sort -u
end

complete -c popfetch -f -a '(__popfetch_accounts)' -d account

for line in (popfetch --help 2>/dev/null)
    set -l m (string match -r \
        '^  (-.,|   ) --([a-z-]+)((?:\[?=[A-Z/]+\]?)?) +(.*)$' -- $line)
    or continue
    set -l spec -l $m[3] -d $m[5]
    if test $m[2] != '   '
        set spec $spec -s (string sub -s 2 -l 1 -- $m[2])
    end
    switch $m[4]
        case '=FILE'
            set spec $spec -r -F
        case '=DIR'
            set spec $spec -x -a '(__fish_complete_directories)'
        case '=CMD'
            set spec $spec -x -a '(__fish_complete_command)'
        case '=WHEN'
            set spec $spec -x -a 'auto always never'
        case '=HOW'
            set spec $spec -x -a 'implicit starttls off'
        case '=*'
            set spec $spec -x
    end
    complete -c popfetch $spec
end
