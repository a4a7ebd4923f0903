namespace Colloquy.SandboxHost.Isolation;

/// <summary>The view of the world that a sandbox gets, as arguments of bubblewrap.</summary>
internal static class BubblewrapArguments
{
    internal const string Home = "/home/user";

    // Where a server runs as root, the sandbox's user is root's uid without its capabilities, and parts of /proc ask
    // for the uid only. So what is dangerous there is hidden or read-only, not just unprivileged.
    private static readonly string[] HiddenFiles =
    [
        "kcore", "keys", "key-users", "latency_stats", "timer_list", "sched_debug", "slabinfo", "vmallocinfo",
        "pagetypeinfo", "kpagecount", "kpageflags", "kpagecgroup", "kmsg", "mtrr", "iomem", "ioports", "kallsyms",
        "sysrq-trigger", "config.gz", "cmdline", "diskstats", "partitions", "swaps",
    ];

    private static readonly string[] HiddenFolders =
        ["acpi", "asound", "scsi", "driver", "dynamic_debug", "cpu", "bus", "fs", "irq", "pressure"];

    private static readonly string[] Devices = ["null", "zero", "full", "random", "urandom"];

    private static readonly string[] HarmlessEtc =
    [
        "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "ssl/certs", "ssl/openssl.cnf", "pki/tls/certs",
        "ca-certificates", "protocols", "services", "mime.types", "localtime", "timezone", "debian_version", "inputrc",
        "bash.bashrc", "python3", "perl",
    ];

    /// <summary>
    /// Runs as the first process of the sandbox. It forbids further user namespaces, bounds what the kernel counts for
    /// the server's user and not for the sandbox (watches of files), gives up the capabilities that took, and then becomes <see cref="Guard"/>. One capability stays, which allows nothing in a user namespace:
    /// the kernel lets no process trace, and so take over, another that has more capabilities than itself.
    /// </summary>
    private const string Init = """
        echo 0 >/proc/sys/user/max_user_namespaces || exit 1
        echo 32 >/proc/sys/user/max_inotify_instances || exit 1
        echo 32768 >/proc/sys/user/max_inotify_watches || exit 1
        exec setpriv --no-new-privs --inh-caps=-all,+wake_alarm --ambient-caps=-all,+wake_alarm \
          --bounding-set=-all,+wake_alarm perl -e "$0" 2>/dev/null 3>&-
        """;

    /// <summary>
    /// Ends the sandbox when its time is over or its folder removed, and lets the kernel reap what others leave. Being
    /// pid 1 without a handler for any signal, it can neither be killed nor stopped from inside; and it has no child
    /// that could be. It says on descriptor 4 that nothing before it is left, and closes it: nothing in the sandbox may
    /// write where the server reads.
    /// </summary>
    private const string Guard = """
        open my $ready, ">&=", 4 or exit;
        syswrite $ready, "ready\n";
        close $ready;
        $SIG{CHLD} = "IGNORE";
        1 while waitpid(-1, 1) > 0; # those that ended before
        for (;;) {
          my $left = do {
            open my $file, "<", "/run/deadline" or exit;
            open my $uptime, "<", "/proc/uptime" or exit;
            exit if !(stat $file)[3]; # deleted: nobody will ever write it again
            <$file> - (split / /, <$uptime>)[0];
          };
          exit if $left <= 0;
          select undef, undef, undef, $left < 5 ? $left : 5;
        }
        """;

    /// <param name="etc">Files of our own that become files in <c>/etc</c>.</param>
    /// <param name="mounts">Read-only folders beyond those: where inside, and which of the host.</param>
    internal static List<string> Build(
        SandboxFolder folder, string etc, IReadOnlyDictionary<string, string> mounts)
    {
        List<string> arguments =
        [
            "--as-pid-1",
            "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--unshare-cgroup",
            "--uid", "1000", "--gid", "1000", "--hostname", "sandbox",
            "--clearenv", "--setenv", "PATH", SystemPath.Value,
            "--setenv", SandboxEnvironment.IdVariable, folder.SandboxId,
            "--cap-add", "CAP_SYS_RESOURCE", "--cap-add", "CAP_SETPCAP", "--cap-add", "CAP_WAKE_ALARM",
        ];
        AddSystem(arguments);
        AddProc(arguments);
        AddDevices(arguments);
        AddEtc(arguments, etc);
        foreach (var (inside, host) in mounts) arguments.AddRange(["--ro-bind", host, inside]);
        arguments.AddRange(
        [
            "--dir", "/var", "--symlink", "../tmp", "/var/tmp", "--dir", "/run", "--dir", "/root",
            "--bind", folder.Temporary, "/tmp",
            "--bind", folder.Home, Home,
            "--ro-bind", folder.Deadline, "/run/deadline",
            "--remount-ro", "/dev", "--remount-ro", "/",
            "--info-fd", "3", "--", EntryScript.Shell, "-c", Init, Guard,
        ]);
        return arguments;
    }

    private static void AddSystem(List<string> arguments)
    {
        arguments.AddRange(["--ro-bind", "/usr", "/usr"]);
        foreach (var name in new[] { "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32" })
        {
            var folder = new DirectoryInfo(name);
            if (folder.LinkTarget is { } target) arguments.AddRange(["--symlink", target, name]);
            else if (folder.Exists) arguments.AddRange(["--ro-bind", name, name]);
        }
    }

    private static void AddProc(List<string> arguments)
    {
        // Who may change /proc/sys/user is asked by capability of the namespace, and only Init has it.
        arguments.AddRange(
        [
            "--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--bind", "/proc/sys/user", "/proc/sys/user",
        ]);
        foreach (var file in HiddenFiles.Select(name => $"/proc/{name}").Where(File.Exists))
            arguments.AddRange(["--ro-bind", "/dev/null", file]);
        foreach (var folder in HiddenFolders.Select(name => $"/proc/{name}").Where(Directory.Exists))
            arguments.AddRange(["--tmpfs", folder, "--remount-ro", folder]);
    }

    // Not --dev: it comes with a devpts, for which bubblewrap nests a second user namespace that a server without
    // root's rights could not enter.
    private static void AddDevices(List<string> arguments)
    {
        arguments.AddRange(["--tmpfs", "/dev"]);
        foreach (var device in Devices) arguments.AddRange(["--dev-bind", $"/dev/{device}", $"/dev/{device}"]);
        arguments.AddRange(
        [
            "--symlink", "/proc/self/fd", "/dev/fd", "--symlink", "/proc/self/fd/0", "/dev/stdin",
            "--symlink", "/proc/self/fd/1", "/dev/stdout", "--symlink", "/proc/self/fd/2", "/dev/stderr",
            "--perms", "1777", "--tmpfs", "/dev/shm",
        ]);
    }

    private static void AddEtc(List<string> arguments, string etc)
    {
        foreach (var name in HarmlessEtc) arguments.AddRange(["--ro-bind-try", $"/etc/{name}", $"/etc/{name}"]);
        foreach (var file in Directory.EnumerateFiles(etc))
            arguments.AddRange(["--ro-bind", file, $"/etc/{Path.GetFileName(file)}"]);
        arguments.AddRange(["--symlink", "../usr/lib/os-release", "/etc/os-release"]);
    }
}
