/*
 * The path of a file, read by a program in the kernel, from its last name to its first: fs/d_path.c. Part of the
 * recording and of the watching programs.
 *
 * In: an open file. Out: the path as whoever loaded the programs would open it, or as its own mount namespace has it.
 */
#ifndef CG_EBPF_PATH_H
#define CG_EBPF_PATH_H

struct walk {
	struct cg_wire_file *file;
	struct dentry *entry;
	struct vfsmount *mnt;
	__u32 start;
	bool is_whole;
};

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

/* The root folder of the recorder: where it was put into another by chroot(2), paths are told as it would open them. */
__u64 own_root_entry, own_root_mnt;

/* Where the running task is the recorder, or its child before it executes the command. */
static __always_inline void note_own_root(void)
{
	struct task_struct *self = bpf_get_current_task_btf();

	if (own_root_entry)
		return;
	own_root_mnt = (__u64)BPF_CORE_READ(self, fs, root.mnt);
	own_root_entry = (__u64)BPF_CORE_READ(self, fs, root.dentry);
}

/* One name of the path, from its end: fs/d_path.c. */
static long walk_up(__u32 i, struct walk *walk)
{
	struct dentry *entry = walk->entry, *root, *parent;
	struct vfsmount *mnt = walk->mnt;
	struct mount *mount = mount_of(mnt), *above;
	__u32 length, start;

	walk->is_whole = (__u64)entry == own_root_entry && (__u64)mnt == own_root_mnt;
	if (walk->is_whole)
		return 1;
	root = BPF_CORE_READ(mnt, mnt_root);
	parent = BPF_CORE_READ(entry, d_parent);
	if (entry == root || entry == parent) {
		above = BPF_CORE_READ(mount, mnt_parent);
		walk->is_whole = entry != root || above == mount;
		if (walk->is_whole)
			return 1;
		walk->entry = BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mnt = (void *)above + bpf_core_field_offset(struct mount, mnt);
		return 0;
	}
	length = BPF_CORE_READ(entry, d_name.len);
	if (length >= CG_WIRE_NAME || length + 1 >= walk->start)
		return 1;
	start = walk->start - length - 1;
	if (start >= CG_WIRE_PATH)
		return 1;
	walk->file->path[start] = '/';
	if (bpf_probe_read_kernel(&walk->file->path[start + 1], length & (CG_WIRE_NAME - 1),
				  BPF_CORE_READ(entry, d_name.name)) < 0)
		return 1;
	walk->start = start;
	walk->entry = parent;
	return 0;
}

static __always_inline void read_path(struct cg_wire_file *file, struct file *from)
{
	struct walk walk = {
		.file = file,
		.entry = BPF_CORE_READ(from, f_path.dentry),
		.mnt = BPF_CORE_READ(from, f_path.mnt),
		.start = CG_WIRE_PATH,
	};
	struct vfsmount *mnt;
	struct mount *mount;

	bpf_loop(CG_WIRE_DEPTH, walk_up, &walk, 0);
	file->start = walk.is_whole ? walk.start : 0;
	/* What is mounted nowhere (memfd_create) has an error there: it cannot be read, and stays 0. */
	mnt = BPF_CORE_READ(from, f_path.mnt);
	mount = mount_of(mnt);
	file->namespace = BPF_CORE_READ(mount, mnt_ns, ns.inum);
}

#endif
