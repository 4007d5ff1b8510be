// What a shell runs to complete our command lines. Each script only asks this program, which knows its commands, and hands
// the answer to its shell: nothing that was typed, and no name that was found, is run or expanded.

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const BASH = `# bash completion for wassette-state, from: wassette-state completion bash
_wassette_state() {
  local cur=\${COMP_WORDS[COMP_CWORD]} paths='' value says path
  [[ $cur == [=:]* ]] && cur=''
  COMPREPLY=()
  while IFS=$'\\t' read -r value says; do
    if [[ -z $paths ]]; then
      paths=$value
    elif [[ $value =~ [^A-Za-z0-9._@+,=/-] ]]; then
      COMPREPLY+=("$(printf '%q' "$value")")
    else
      COMPREPLY+=("$value")
    fi
  done < <(wassette-state complete bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  case $paths in
    files) set -- -f ;;
    dirs) set -- -d ;;
    *) return ;;
  esac
  compopt -o filenames 2>/dev/null
  while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen "$1" -- "$cur")
}
complete -F _wassette_state wassette-state
`;

const ZSH = `#compdef wassette-state
# zsh completion for wassette-state, from: wassette-state completion zsh
_wassette-state() {
  local -a answer items
  local line
  answer=("\${(@f)$(wassette-state complete zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${(@)answer[2,-1]}"; do
    items+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  local -i found=1
  (( $#items )) && _describe -t values wassette-state items && found=0
  case $answer[1] in
    files) compset -P '-*='; _files && found=0 ;;
    dirs) compset -P '-*='; _files -/ && found=0 ;;
  esac
  return found
}
if [[ $funcstack[1] == _wassette-state ]]; then
  _wassette-state "$@"
else
  compdef _wassette-state wassette-state
fi
`;

const FISH = `# fish completion for wassette-state, from: wassette-state completion fish
function __wassette_state_complete
    set -l before (commandline -opc)
    set -l typed (commandline -ct)
    set -l answer (wassette-state complete fish -- $before[2..-1] "$typed" 2>/dev/null)
    for line in $answer[2..-1]
        printf '%s\\n' $line
    end
    switch "$answer[1]"
        case files
            __fish_complete_path "$typed"
        case dirs
            __fish_complete_directories "$typed" ''
    end
end
complete -c wassette-state -f -a '(__wassette_state_complete)'
`;

export const SCRIPTS: Record<Shell, string> = { bash: BASH, zsh: ZSH, fish: FISH };
