
use builtin;
use str;

set edit:completion:arg-completer[sealstone] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'sealstone'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'sealstone'= {
            cand --color 'When to colour: on a terminal, always, or never'
            cand -q 'Print no result and no progress, only errors'
            cand --quiet 'Print no result and no progress, only errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand demo 'Show what it does, in a minute and without an agent'
            cand generate 'Write the man pages or the completions into a folder'
            cand hash 'Print the hash under which a record holds arguments or an answer'
            cand hook 'Append a coding agent''s event to a log'
            cand record 'Record actions in a log'
            cand sample 'Write a valid example log'
            cand verify 'Check whether logs are as they were written'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'sealstone;demo'= {
            cand --color 'When to colour: on a terminal, always, or never'
            cand -q 'Print no result and no progress, only errors'
            cand --quiet 'Print no result and no progress, only errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sealstone;generate'= {
            cand --color 'When to colour: on a terminal, always, or never'
            cand -q 'Print no result and no progress, only errors'
            cand --quiet 'Print no result and no progress, only errors'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'sealstone;hash'= {
            cand --color 'When to colour: on a terminal, always, or never'
            cand -q 'Print no result and no progress, only errors'
            cand --quiet 'Print no result and no progress, only errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sealstone;hook'= {
            cand --sync 'When the record is on the disk: `always` and `batch` before the hook ends, `never` when the system gets to it'
            cand --color 'When to colour: on a terminal, always, or never'
            cand -q 'Print no result and no progress, only errors'
            cand --quiet 'Print no result and no progress, only errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sealstone;record'= {
            cand -o 'The log to append to, created if it is not there'
            cand --output 'The log to append to, created if it is not there'
            cand --dir 'A folder with one log a subject, named as the reference names them'
            cand --session 'The session''s id'
            cand --agent 'The agent''s id and name'
            cand --subject 'The id of the customer the action was for'
            cand --principal 'The person or account the agent acts for, as `human_id=u1`, `creator_id=`, `service_account=` or `role_scope=`; may be repeated'
            cand --tool 'The tool''s name'
            cand --type 'The action''s type: tool_call, agent_message, read, write or network'
            cand --category 'The action''s category: security, safety, reliability or privacy'
            cand --source 'The program the drafts come from; `drafts` if left out'
            cand --sync 'When records are on the disk: `always`, each before the next is read; `batch`, before it waits for more input and at the end; `never`, when the system gets to it, so that a crash of the machine may lose the last ones. A crash of sealstone itself loses nothing in any case. The default is batch'
            cand --color 'When to colour: on a terminal, always, or never'
            cand --wrap 'Take each line, whatever JSON it is, as the input of one action'
            cand --no-summaries 'Keep hashes, and no excerpts of inputs and outputs'
            cand --hash-only 'Keep hashes, and no excerpts of inputs and outputs'
            cand --ack 'Print a line of JSON for each record once `--sync` holds for it: its line, id and hash'
            cand -q 'Print no result and no progress, only errors'
            cand --quiet 'Print no result and no progress, only errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sealstone;sample'= {
            cand -o 'The same as OUT'
            cand --output 'The same as OUT'
            cand --records 'How many records to write, instead of the short example'
            cand --seed 'Which of the varied logs to write'
            cand --color 'When to colour: on a terminal, always, or never'
            cand -q 'Print no result and no progress, only errors'
            cand --quiet 'Print no result and no progress, only errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sealstone;verify'= {
            cand --io 'How to read: `auto` maps files that nobody may write to and reads all others, which may be cut or grow meanwhile; `mmap` maps every file, and is killed if one is cut meanwhile; `read` reads'
            cand --color 'When to colour: on a terminal, always, or never'
            cand --json 'Print one JSON document (schema sealstone.verify/1, FORMAT.md)'
            cand --strict 'Fail on warnings too: times that go back, parents that are not there'
            cand -q 'Print no result and no progress, only errors'
            cand --quiet 'Print no result and no progress, only errors'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'sealstone;help'= {
            cand demo 'Show what it does, in a minute and without an agent'
            cand generate 'Write the man pages or the completions into a folder'
            cand hash 'Print the hash under which a record holds arguments or an answer'
            cand hook 'Append a coding agent''s event to a log'
            cand record 'Record actions in a log'
            cand sample 'Write a valid example log'
            cand verify 'Check whether logs are as they were written'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'sealstone;help;demo'= {
        }
        &'sealstone;help;generate'= {
        }
        &'sealstone;help;hash'= {
        }
        &'sealstone;help;hook'= {
        }
        &'sealstone;help;record'= {
        }
        &'sealstone;help;sample'= {
        }
        &'sealstone;help;verify'= {
        }
        &'sealstone;help;help'= {
        }
    ]
    $completions[$command]
}
