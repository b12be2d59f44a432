# Scripts that count their checks one by one source this file. It has check, and finish for the end. Each check prints a line "ok ..." or
# "FAIL ..."; the last line is "N passed, N failed".

passed=0
failed=0

# check NAME COMMAND...: runs one check, and shows its output if it fails.
check() {
  local name=$1 output start=$SECONDS
  shift
  if output=$("$@" 2>&1 </dev/null); then
    passed=$((passed + 1))
    echo "ok    $name ($((SECONDS - start)) s)"
  else
    failed=$((failed + 1))
    echo "FAIL  $name"
    tail -n 80 <<<"$output"
    return 1
  fi
}

finish() {
  echo "$passed passed, $failed failed"
  [[ $failed -eq 0 && $passed -gt 0 ]]
  exit
}
