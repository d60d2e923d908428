# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_sealstone_global_optspecs
    string join \n color= q/quiet h/help V/version
end

function __fish_sealstone_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_sealstone_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_sealstone_using_subcommand
    set -l cmd (__fish_sealstone_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c sealstone -n "__fish_sealstone_needs_command" -l color -d 'When to colour: on a terminal, always, or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sealstone -n "__fish_sealstone_needs_command" -s q -l quiet -d 'Print no result and no progress, only errors'
complete -c sealstone -n "__fish_sealstone_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sealstone -n "__fish_sealstone_needs_command" -s V -l version -d 'Print version'
complete -c sealstone -n "__fish_sealstone_needs_command" -f -a "demo" -d 'Show what it does, in a minute and without an agent'
complete -c sealstone -n "__fish_sealstone_needs_command" -f -a "generate" -d 'Write the man pages or the completions into a folder'
complete -c sealstone -n "__fish_sealstone_needs_command" -f -a "hash" -d 'Print the hash under which a record holds arguments or an answer'
complete -c sealstone -n "__fish_sealstone_needs_command" -f -a "hook" -d 'Append a coding agent\'s event to a log'
complete -c sealstone -n "__fish_sealstone_needs_command" -f -a "record" -d 'Record actions in a log'
complete -c sealstone -n "__fish_sealstone_needs_command" -f -a "sample" -d 'Write a valid example log'
complete -c sealstone -n "__fish_sealstone_needs_command" -f -a "verify" -d 'Check whether logs are as they were written'
complete -c sealstone -n "__fish_sealstone_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sealstone -n "__fish_sealstone_using_subcommand demo" -l color -d 'When to colour: on a terminal, always, or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sealstone -n "__fish_sealstone_using_subcommand demo" -s q -l quiet -d 'Print no result and no progress, only errors'
complete -c sealstone -n "__fish_sealstone_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sealstone -n "__fish_sealstone_using_subcommand generate" -l color -d 'When to colour: on a terminal, always, or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sealstone -n "__fish_sealstone_using_subcommand generate" -s q -l quiet -d 'Print no result and no progress, only errors'
complete -c sealstone -n "__fish_sealstone_using_subcommand generate" -s h -l help -d 'Print help'
complete -c sealstone -n "__fish_sealstone_using_subcommand hash" -l color -d 'When to colour: on a terminal, always, or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sealstone -n "__fish_sealstone_using_subcommand hash" -s q -l quiet -d 'Print no result and no progress, only errors'
complete -c sealstone -n "__fish_sealstone_using_subcommand hash" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sealstone -n "__fish_sealstone_using_subcommand hook" -l sync -d 'When the record is on the disk: `always` and `batch` before the hook ends, `never` when the system gets to it' -r -f -a "always\t''
batch\t''
never\t''"
complete -c sealstone -n "__fish_sealstone_using_subcommand hook" -l color -d 'When to colour: on a terminal, always, or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sealstone -n "__fish_sealstone_using_subcommand hook" -s q -l quiet -d 'Print no result and no progress, only errors'
complete -c sealstone -n "__fish_sealstone_using_subcommand hook" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -s o -l output -d 'The log to append to, created if it is not there' -r -F
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -l dir -d 'A folder with one log a subject, named as the reference names them' -r -F
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -l session -d 'The session\'s id' -r
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -l agent -d 'The agent\'s id and name' -r
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -l subject -d 'The id of the customer the action was for' -r
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -l principal -d 'The person or account the agent acts for, as `human_id=u1`, `creator_id=`, `service_account=` or `role_scope=`; may be repeated' -r
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -l tool -d 'The tool\'s name' -r
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -l type -d 'The action\'s type: tool_call, agent_message, read, write or network' -r -f -a "tool_call\t''
agent_message\t''
read\t''
write\t''
network\t''"
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -l category -d 'The action\'s category: security, safety, reliability or privacy' -r -f -a "security\t''
safety\t''
reliability\t''
privacy\t''"
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -l source -d 'The program the drafts come from; `drafts` if left out' -r
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -l sync -d 'When records are on the disk: `always`, each before the next is read; `batch`, before it waits for more input and at the end; `never`, when the system gets to it, so that a crash of the machine may lose the last ones. A crash of sealstone itself loses nothing in any case. The default is batch' -r -f -a "always\t''
batch\t''
never\t''"
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -l color -d 'When to colour: on a terminal, always, or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -l wrap -d 'Take each line, whatever JSON it is, as the input of one action'
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -l no-summaries -l hash-only -d 'Keep hashes, and no excerpts of inputs and outputs'
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -l ack -d 'Print a line of JSON for each record once `--sync` holds for it: its line, id and hash'
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -s q -l quiet -d 'Print no result and no progress, only errors'
complete -c sealstone -n "__fish_sealstone_using_subcommand record" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sealstone -n "__fish_sealstone_using_subcommand sample" -s o -l output -d 'The same as OUT' -r -F
complete -c sealstone -n "__fish_sealstone_using_subcommand sample" -l records -d 'How many records to write, instead of the short example' -r
complete -c sealstone -n "__fish_sealstone_using_subcommand sample" -l seed -d 'Which of the varied logs to write' -r
complete -c sealstone -n "__fish_sealstone_using_subcommand sample" -l color -d 'When to colour: on a terminal, always, or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sealstone -n "__fish_sealstone_using_subcommand sample" -s q -l quiet -d 'Print no result and no progress, only errors'
complete -c sealstone -n "__fish_sealstone_using_subcommand sample" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sealstone -n "__fish_sealstone_using_subcommand verify" -l io -d 'How to read: `auto` maps files that nobody may write to and reads all others, which may be cut or grow meanwhile; `mmap` maps every file, and is killed if one is cut meanwhile; `read` reads' -r -f -a "auto\t''
mmap\t''
read\t''"
complete -c sealstone -n "__fish_sealstone_using_subcommand verify" -l color -d 'When to colour: on a terminal, always, or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c sealstone -n "__fish_sealstone_using_subcommand verify" -l json -d 'Print one JSON document (schema sealstone.verify/1, FORMAT.md)'
complete -c sealstone -n "__fish_sealstone_using_subcommand verify" -l strict -d 'Fail on warnings too: times that go back, parents that are not there'
complete -c sealstone -n "__fish_sealstone_using_subcommand verify" -s q -l quiet -d 'Print no result and no progress, only errors'
complete -c sealstone -n "__fish_sealstone_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sealstone -n "__fish_sealstone_using_subcommand help; and not __fish_seen_subcommand_from demo generate hash hook record sample verify help" -f -a "demo" -d 'Show what it does, in a minute and without an agent'
complete -c sealstone -n "__fish_sealstone_using_subcommand help; and not __fish_seen_subcommand_from demo generate hash hook record sample verify help" -f -a "generate" -d 'Write the man pages or the completions into a folder'
complete -c sealstone -n "__fish_sealstone_using_subcommand help; and not __fish_seen_subcommand_from demo generate hash hook record sample verify help" -f -a "hash" -d 'Print the hash under which a record holds arguments or an answer'
complete -c sealstone -n "__fish_sealstone_using_subcommand help; and not __fish_seen_subcommand_from demo generate hash hook record sample verify help" -f -a "hook" -d 'Append a coding agent\'s event to a log'
complete -c sealstone -n "__fish_sealstone_using_subcommand help; and not __fish_seen_subcommand_from demo generate hash hook record sample verify help" -f -a "record" -d 'Record actions in a log'
complete -c sealstone -n "__fish_sealstone_using_subcommand help; and not __fish_seen_subcommand_from demo generate hash hook record sample verify help" -f -a "sample" -d 'Write a valid example log'
complete -c sealstone -n "__fish_sealstone_using_subcommand help; and not __fish_seen_subcommand_from demo generate hash hook record sample verify help" -f -a "verify" -d 'Check whether logs are as they were written'
complete -c sealstone -n "__fish_sealstone_using_subcommand help; and not __fish_seen_subcommand_from demo generate hash hook record sample verify help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
