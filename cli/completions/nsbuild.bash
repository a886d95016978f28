# bash completion for nsbuild; asks nsbuild itself what may stand at the cursor.
_nsbuild() {
  local line=${COMP_LINE:0:COMP_POINT} current candidate files=
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] || ${#words[@]} -eq 0 ]] && words+=("")
  current=${words[-1]}
  # Readline has already split the current word at these; what it completes is the rest.
  local kept=
  [[ $current == *[$COMP_WORDBREAKS]* ]] && kept=${current%"${current##*["$COMP_WORDBREAKS"]}"}
  COMPREPLY=()
  while IFS= read -r candidate; do
    case $candidate in
      :files) files=-f ;;
      :commands) files=-c ;;
      *)
        candidate=${candidate%%$'\t'*}
        COMPREPLY+=("${candidate#"$kept"}")
        ;;
    esac
  done < <("${words[0]}" __complete -- "${words[@]:1}" 2>/dev/null)
  [[ $files ]] || return 0
  compopt -o filenames 2>/dev/null
  while IFS= read -r candidate; do
    COMPREPLY+=("$candidate")
  done < <(compgen "$files" -- "${current#"$kept"}")
}
complete -F _nsbuild nsbuild
