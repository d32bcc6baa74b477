# git on repositories of its own: history, branches, merges, packs, clones by path and by file://.
needs=(git)
version="git $(git --version | cut -d ' ' -f 3)"

git_() {
	"${under[@]}" git -c user.name=A -c user.email=a@example.org -c init.defaultBranch=main -c protocol.file.allow=always \
		--no-pager "$@"
}

add_files() {
	local i
	mkdir -p "$1/src"
	for i in $(seq "$2"); do seq "$i" $((i + 40)) >"$1/src/$3$i.txt"; done
	ln -sf "src/${3}1.txt" "$1/link"
}

work() {
	export HOME=$PWD GIT_CONFIG_NOSYSTEM=1 EDITOR=true
	if [ "$1" = first ]; then
		git_ init -q one
		add_files one 60 a
		git_ -C one add .
		git_ -C one commit -qm first
		git_ -C one checkout -qb side
		echo changed >>one/src/a3.txt
		git_ -C one commit -qam side
		git_ -C one checkout -q main
		echo other >>one/src/a4.txt
		git_ -C one mv src/a5.txt src/moved.txt
		git_ -C one commit -qam main
		git_ -C one merge -q -m merged side
		git_ -C one tag -a v1 -m v1
		git_ -C one rebase -q side
		echo dirty >>one/src/a7.txt
		git_ -C one stash -q
		git_ -C one stash pop -q
		git_ -C one diff --stat
		git_ -C one status --short
		git_ -C one checkout -q .
		git_ -C one log --oneline --stat
		git_ -C one gc -q
		git_ clone -q "file://$PWD/one" two
		git_ -C two pull -q --rebase
		echo more >>two/src/a9.txt
		git_ -C two commit -qam more
		git_ -C two push -q origin HEAD:refs/heads/pushed
		git_ -C one grep -c changed
		git_ -C one archive --format=tar HEAD >one.tar
		git_ -C one fsck
		return
	fi
	git_ init -q --bare hub.git
	git_ clone -q hub.git work
	add_files work 25 b
	git_ -C work add -A
	git_ -C work commit -qm start
	for i in $(seq 6); do
		seq "$i" 7 400 >"work/src/b$i.txt"
		git_ -C work commit -qam "change $i"
	done
	git_ -C work push -q origin main
	git_ -C work checkout -qb topic HEAD~3
	echo topic >work/src/topic.txt
	git_ -C work add src/topic.txt
	git_ -C work commit -qm topic
	git_ -C work cherry-pick main >/dev/null
	git_ -C work rebase -q main
	git_ -C work push -q origin topic
	git_ clone -q --depth 2 -b topic "file://$PWD/hub.git" shallow
	git_ -C shallow fetch -q --unshallow
	git_ -C work worktree add -q ../tree topic~1
	git_ -C tree blame src/b2.txt >/dev/null
	git_ -C work reset -q --hard HEAD~1
	git_ -C work clean -qfdx
	git_ -C hub.git repack -qad
	git_ -C hub.git gc -q
	git_ -C work fetch -q
	git_ -C work submodule add -q "$PWD/hub.git" sub
	git_ -C hub.git fsck
	[ "$(git_ -C shallow rev-list --count HEAD)" -ge 8 ]
}
