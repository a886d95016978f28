# fish completion for nsbuild; asks nsbuild itself what may stand at the cursor.
function __nsbuild_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':commands'
                complete -C "$current"
            case '*'
                echo $line
        end
    end
end
complete -c nsbuild -f -a '(__nsbuild_complete)'
