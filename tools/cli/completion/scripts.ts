// What a shell runs to complete our command lines. Each script only asks this program, which knows its commands, and hands
// the answer to its shell: nothing that was typed, and no name that was found, is run or expanded.

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const BASH = `# bash completion for wassette-state, from: wassette-state completion bash
_wassette_state() {
  local paths='' value
  COMPREPLY=()
  while IFS= read -r value; do
    if [[ -z $paths ]]; then paths=$value; else COMPREPLY+=("$value"); fi
  done < <(wassette-state complete bash -- "\${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
  [[ $paths == none ]] || compopt -o filenames -o noquote 2>/dev/null
  [[ \${#COMPREPLY[@]} == 1 && $COMPREPLY == */ ]] && compopt -o nospace 2>/dev/null
}
complete -F _wassette_state wassette-state
`;

const ZSH = `#compdef wassette-state
# zsh completion for wassette-state, from: wassette-state completion zsh
_wassette-state() {
  local -a answer items
  local line typed=$QIPREFIX$IPREFIX$PREFIX$compstate[quote]
  answer=("\${(@f)$(wassette-state complete zsh -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)typed}" 2>/dev/null)}")
  for line in "\${(@)answer[2,-1]}"; do
    items+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  local -i found=1
  (( $#items )) && _describe -t values wassette-state items && found=0
  compset -P "\${(b)answer[1]#*$'\\t'}"
  case \${answer[1]%%$'\\t'*} in
    files) _files && found=0 ;;
    dirs) _files -/ && found=0 ;;
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
    set -l raw (commandline -ct)
    set -l typed (string unescape -- "$raw"; or string unescape -- "$raw\\""; or string unescape -- "$raw'")
    wassette-state complete fish -- $before[2..-1] "$typed" 2>/dev/null
end
complete -c wassette-state -f -a '(__wassette_state_complete)'
`;

export const SCRIPTS: Record<Shell, string> = { bash: BASH, zsh: ZSH, fish: FISH };
