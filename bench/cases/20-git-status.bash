# A program that people know, on a repository of a few hundred files: the source of callgate itself, twice.
repository=$work/repository
mkdir -p "$repository"
for copy in one two; do
	mkdir "$repository/$copy"
	tar -C "$top" -cf - --exclude=fuzz bench data docs examples include man src tests tools |
		tar -C "$repository/$copy" -xf -
done
git -C "$repository" init -q
git -C "$repository" add .
git -C "$repository" -c user.name=A -c user.email=a@example.org commit -q -m 'all of it'
n_files=$(git -C "$repository" ls-files | wc -l)

status=(git -C "$repository" status)
variant 'bare' "$stopwatch" "${status[@]}"
variant 'callgate record' "$stopwatch" callgate record -o /dev/null -- "${status[@]}"
# Most of the difference is waiting for the disk: -o replaces a file whole or not at all.
variant 'callgate record, file synced' "$stopwatch" callgate record -o "$work/git.json" -- "${status[@]}"
variant 'strace -f -c' "$stopwatch" strace -f -c -o "$work/git.txt" "${status[@]}"
variant 'strace -f' "$stopwatch" strace -f -o "$work/git.txt" "${status[@]}"
compare "git status ($n_files files), from start to end" us
