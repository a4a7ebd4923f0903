using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests;

/// <summary>Everything here is tried from inside.</summary>
public sealed class IsolationTests(SharedHost shared)
{
    [Fact]
    public async Task Host_files_and_other_sandboxes_cannot_be_seen()
    {
        var other = await shared.Host.CreateAsync();
        using (await other.UploadAsync("secret", "s3cret")) { }
        var sandbox = await shared.Host.CreateAsync();
        var folder = shared.Host.FolderOf(other);
        var result = await sandbox.RunAsync(
            $"""
            for f in /etc/shadow /etc/gshadow /etc/hosts.allow {folder}/disk/home/secret {shared.Host.DataFolder} /var/log /var/lib /work /sys/kernel /opt /mnt; do
              [ -e "$f" ] && echo "visible: $f"
            done
            ls -A /root /home /var; ls -A /
            """);
        Assert.Equal("", result.Stderr);
        Assert.Equal(
            ["/home:", "user", "", "/root:", "", "/var:", "tmp"],
            result.Stdout.Split('\n')[..7]);
        Assert.Equal(
            ["bin", "dev", "etc", "home", "lib", "lib64", "proc", "root", "run", "sbin", "tmp", "usr", "var"],
            result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries)[5..].Where(name => name is not "lib32" and not "libx32"));
    }

    [Fact]
    public async Task Host_processes_can_be_neither_seen_nor_signalled()
    {
        var sandbox = await shared.Host.CreateAsync();
        var result = await sandbox.RunAsync(
            $"""
            for p in /proc/[0-9]*; do cat $p/comm; done 2>/dev/null | sort -u | tr '\n' ' '; echo
            kill -0 {Environment.ProcessId} 2>/dev/null && echo reached
            tr '\0' '\n' </proc/1/environ
            """);
        Assert.All(result.Stdout.Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries),
            name => Assert.Contains(name, new[] { "sh", "perl", "cat", "sort", "tr" }));
        Assert.DoesNotContain("reached", result.Stdout, StringComparison.Ordinal);
        Assert.All(
            result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..],
            variable => Assert.Contains(variable.Split('=')[0], new[] { "PATH", "PWD" }));
    }

    [Fact]
    public async Task Environment_of_commands_holds_nothing_of_the_server()
    {
        Environment.SetEnvironmentVariable("COLLOQUY_TEST_SECRET", "s3cret");
        var result = await (await shared.Host.CreateAsync()).RunAsync("cat /proc/*/environ | tr '\\0' '\\n' | cut -d= -f1 | sort -u");
        Assert.Equal(
            ["E2B_SANDBOX", "E2B_SANDBOX_ID", "E2B_TEMPLATE_ID", "HOME", "LANG", "LOGNAME", "OLDPWD", "PATH", "PWD", "USER"],
            result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Union(["OLDPWD", "PWD"]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Network_ends_at_the_loopback_inside()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var result = await (await shared.Host.CreateAsync()).RunAsync(
            $"bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}' 2>&1; tail -n +3 /proc/net/dev | cut -d: -f1");
        Assert.Contains("Connection refused", result.Stdout, StringComparison.Ordinal);
        Assert.Equal("lo", result.Stdout.Trim().Split('\n')[^1].Trim());
    }

    [Fact]
    public async Task Commands_have_no_rights_and_cannot_get_any()
    {
        var result = await (await shared.Host.CreateAsync()).RunAsync(
            """
            id -u; id -g
            grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb):.*[1-9a-f]' /proc/self/status
            grep -E '^CapBnd:.*[1-9a-f]' /proc/1/status | grep -v 0000000800000000
            grep -h NoNewPrivs /proc/self/status /proc/1/status | cut -f2
            unshare -U true 2>&1 | grep -c 'unshare failed'
            nsenter -t 1 -m true 2>/dev/null && echo entered
            mount -t tmpfs none /tmp 2>/dev/null && echo mounted
            chroot / true 2>/dev/null && echo chrooted
            mknod /tmp/sda b 8 0 2>/dev/null && echo made a device
            """);
        Assert.Equal("1000\n1000\n1\n1\n1\n", result.Stdout);
    }

    [Fact]
    public async Task Watches_of_files_cannot_be_used_up_for_the_host()
    {
        var sandbox = await shared.Host.CreateAsync();
        var inotifyInit1 = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 294 : 26;
        var result = await sandbox.RunAsync($"perl -e '1 while syscall({inotifyInit1}, 0) >= 0 && ++$n < 10_000; print $n'");
        Assert.InRange(int.Parse(result.Stdout, CultureInfo.InvariantCulture), 1, 32);
    }

    [Fact]
    public async Task First_process_can_be_neither_ended_nor_stopped_nor_taken_over()
    {
        var result = await (await shared.Host.CreateAsync()).RunAsync(
            """
            for signal in $(seq 1 64); do kill -$signal 1 2>/dev/null; done
            for i in 1 2 3; do (sleep 0.01 &); done; sleep 0.1
            grep -h '^State' /proc/[0-9]*/status | grep -c zombie
            grep '^State' /proc/1/status
            (exec 3<>/proc/1/mem) 2>/dev/null && echo opened its memory
            cat /proc/1/environ 2>/dev/null
            echo 999999999 2>/dev/null >/run/deadline || echo unchanged
            """);
        Assert.Equal("0\nState:\tS (sleeping)\nunchanged\n", result.Stdout);
    }

    [Theory]
    [InlineData("/usr/bin/new")]
    [InlineData("/etc/new")]
    [InlineData("/new")]
    [InlineData("/dev/new")]
    [InlineData("/proc/sys/kernel/core_pattern")]
    [InlineData("/proc/sys/user/max_user_namespaces")]
    [InlineData("/proc/sysrq-trigger")]
    [InlineData("/proc/irq/0/smp_affinity")]
    [InlineData("/proc/mtrr")]
    [InlineData("/etc/passwd")]
    public async Task System_places_cannot_be_written(string path)
    {
        // Opening for appending changes nothing, should it succeed after all.
        var result = await (await shared.Host.CreateAsync()).RunAsync($"( : >>{path} ) 2>/dev/null && echo written");
        Assert.Equal("", result.Stdout);
    }

    [Fact]
    public async Task Own_places_can_be_written_and_belong_to_the_user()
    {
        var result = await (await shared.Host.CreateAsync()).RunAsync(
            "for f in /tmp/a ~/a /dev/shm/a /var/tmp/b; do echo x >$f && stat -c '%u %n' $f; done; echo y >/dev/null; whoami; hostname");
        Assert.Equal("1000 /tmp/a\n1000 /home/user/a\n1000 /dev/shm/a\n1000 /var/tmp/b\nuser\nsandbox\n", result.Stdout);
    }

    [Fact]
    public async Task First_process_cannot_be_killed_and_reaps_orphans()
    {
        var sandbox = await shared.Host.CreateAsync();
        await sandbox.RunAsync("kill -9 1; (sleep 0.01 & ) ; (true &)");
        var result = await sandbox.RunAsync("sleep 0.1; cat /proc/[0-9]*/stat 2>/dev/null | grep -c ') Z '");
        Assert.Equal("0\n", result.Stdout);
    }

    [Fact]
    public async Task Tools_of_the_system_work()
    {
        var result = await (await shared.Host.CreateAsync()).RunAsync("bash -c 'echo b' && awk 'BEGIN{print 17*23}' && ls /etc/ssl/certs | wc -l");
        Assert.Equal("", result.Stderr);
        Assert.StartsWith("b\n391\n", result.Stdout, StringComparison.Ordinal);
    }
}
