
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'sealstone' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'sealstone'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'sealstone' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: on a terminal, always, or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show what it does, in a minute and without an agent')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Write the man pages or the completions into a folder')
            [CompletionResult]::new('hash', 'hash', [CompletionResultType]::ParameterValue, 'Print the hash under which a record holds arguments or an answer')
            [CompletionResult]::new('hook', 'hook', [CompletionResultType]::ParameterValue, 'Append a coding agent''s event to a log')
            [CompletionResult]::new('record', 'record', [CompletionResultType]::ParameterValue, 'Record actions in a log')
            [CompletionResult]::new('sample', 'sample', [CompletionResultType]::ParameterValue, 'Write a valid example log')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check whether logs are as they were written')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'sealstone;demo' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: on a terminal, always, or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sealstone;generate' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: on a terminal, always, or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'sealstone;hash' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: on a terminal, always, or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sealstone;hook' {
            [CompletionResult]::new('--sync', '--sync', [CompletionResultType]::ParameterName, 'When the record is on the disk: `always` and `batch` before the hook ends, `never` when the system gets to it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: on a terminal, always, or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sealstone;record' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The log to append to, created if it is not there')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The log to append to, created if it is not there')
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'A folder with one log a subject, named as the reference names them')
            [CompletionResult]::new('--session', '--session', [CompletionResultType]::ParameterName, 'The session''s id')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'The agent''s id and name')
            [CompletionResult]::new('--subject', '--subject', [CompletionResultType]::ParameterName, 'The id of the customer the action was for')
            [CompletionResult]::new('--principal', '--principal', [CompletionResultType]::ParameterName, 'The person or account the agent acts for, as `human_id=u1`, `creator_id=`, `service_account=` or `role_scope=`; may be repeated')
            [CompletionResult]::new('--tool', '--tool', [CompletionResultType]::ParameterName, 'The tool''s name')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'The action''s type: tool_call, agent_message, read, write or network')
            [CompletionResult]::new('--category', '--category', [CompletionResultType]::ParameterName, 'The action''s category: security, safety, reliability or privacy')
            [CompletionResult]::new('--source', '--source', [CompletionResultType]::ParameterName, 'The program the drafts come from; `drafts` if left out')
            [CompletionResult]::new('--sync', '--sync', [CompletionResultType]::ParameterName, 'When records are on the disk: `always`, each before the next is read; `batch`, before it waits for more input and at the end; `never`, when the system gets to it, so that a crash of the machine may lose the last ones. A crash of sealstone itself loses nothing in any case. The default is batch')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: on a terminal, always, or never')
            [CompletionResult]::new('--wrap', '--wrap', [CompletionResultType]::ParameterName, 'Take each line, whatever JSON it is, as the input of one action')
            [CompletionResult]::new('--no-summaries', '--no-summaries', [CompletionResultType]::ParameterName, 'Keep hashes, and no excerpts of inputs and outputs')
            [CompletionResult]::new('--hash-only', '--hash-only', [CompletionResultType]::ParameterName, 'Keep hashes, and no excerpts of inputs and outputs')
            [CompletionResult]::new('--ack', '--ack', [CompletionResultType]::ParameterName, 'Print a line of JSON for each record once `--sync` holds for it: its line, id and hash')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sealstone;sample' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The same as OUT')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The same as OUT')
            [CompletionResult]::new('--records', '--records', [CompletionResultType]::ParameterName, 'How many records to write, instead of the short example')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Which of the varied logs to write')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: on a terminal, always, or never')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sealstone;verify' {
            [CompletionResult]::new('--io', '--io', [CompletionResultType]::ParameterName, 'How to read: `auto` maps files that nobody may write to and reads all others, which may be cut or grow meanwhile; `mmap` maps every file, and is killed if one is cut meanwhile; `read` reads')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: on a terminal, always, or never')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON document (schema sealstone.verify/1, FORMAT.md)')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail on warnings too: times that go back, parents that are not there')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no result and no progress, only errors')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'sealstone;help' {
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show what it does, in a minute and without an agent')
            [CompletionResult]::new('generate', 'generate', [CompletionResultType]::ParameterValue, 'Write the man pages or the completions into a folder')
            [CompletionResult]::new('hash', 'hash', [CompletionResultType]::ParameterValue, 'Print the hash under which a record holds arguments or an answer')
            [CompletionResult]::new('hook', 'hook', [CompletionResultType]::ParameterValue, 'Append a coding agent''s event to a log')
            [CompletionResult]::new('record', 'record', [CompletionResultType]::ParameterValue, 'Record actions in a log')
            [CompletionResult]::new('sample', 'sample', [CompletionResultType]::ParameterValue, 'Write a valid example log')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check whether logs are as they were written')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'sealstone;help;demo' {
            break
        }
        'sealstone;help;generate' {
            break
        }
        'sealstone;help;hash' {
            break
        }
        'sealstone;help;hook' {
            break
        }
        'sealstone;help;record' {
            break
        }
        'sealstone;help;sample' {
            break
        }
        'sealstone;help;verify' {
            break
        }
        'sealstone;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
