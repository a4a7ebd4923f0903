using Colloquy.SandboxHost.Limits;

namespace Colloquy.SandboxHost.Tests.Limits;

public sealed class CgroupHierarchyTests
{
    [Fact]
    public void Mixed_machine_gives_each_v1_controller_and_the_empty_v2_tree()
    {
        var found = CgroupHierarchy.Find(
            MountTable.Parse(
                """
                31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
                32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:7 - cgroup cgroup rw,cpu,cpuacct
                35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
                40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
                41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
                """),
            "4:memory:/services/colloquy\n2:cpu,cpuacct:/\n1:name=systemd:/\n0::/leaf\n");
        Assert.Equal(
            ["/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/memory/services/colloquy", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified/leaf"],
            found.Select(one => one.Own));
        Assert.Equal(["cpu", "cpuacct"], found[0].Controllers);
        Assert.Equal([false, false, false, true], found.Select(one => one.IsV2));
    }

    [Fact]
    public void Group_is_found_below_the_part_of_the_tree_that_a_container_sees()
    {
        var mounts = MountTable.Parse(@"700 699 0:26 /docker/abc /sys/fs/c\040group ro,nosuid - cgroup2 cgroup rw,nsdelegate");
        Assert.Equal("/sys/fs/c group/child", CgroupHierarchy.Find(mounts, "0::/docker/abc/child\n").Single().Own);
        Assert.Equal("/sys/fs/c group", CgroupHierarchy.Find(mounts, "0::/docker/abc\n").Single().Own);
        Assert.Empty(CgroupHierarchy.Find(mounts, "0::/docker/abcd\n"));
    }

    [Fact]
    public void Server_in_its_leaf_makes_groups_beside_it()
    {
        Assert.Equal("/cg/service", CgroupDelegation.BaseOf("/cg/service/colloquy-server"));
        Assert.Equal("/cg/service", CgroupDelegation.BaseOf("/cg/service"));
    }

    [Fact]
    public void Limits_are_written_in_the_words_of_each_version()
    {
        var limits = new SandboxLimits(MemoryMiB: 512, VCpus: 2, MaxProcesses: 300, DiskMiB: 1);
        Assert.Equal("memory.max=536870912 memory.swap.max=0", Words(CgroupSettings.Memory, isV2: true));
        Assert.Equal("memory.limit_in_bytes=536870912 memory.memsw.limit_in_bytes=536870912", Words(CgroupSettings.Memory, isV2: false));
        Assert.Equal("cpu.max=200000 100000 cpu.weight=200", Words(CgroupSettings.Cpu, isV2: true));
        Assert.Equal("cpu.cfs_period_us=100000 cpu.cfs_quota_us=200000 cpu.shares=2048", Words(CgroupSettings.Cpu, isV2: false));
        Assert.Equal("pids.max=300", Words(CgroupSettings.Processes, isV2: false));

        string Words(string controller, bool isV2) => string.Join(
            ' ', CgroupSettings.For(controller, isV2, limits).Select(setting => $"{setting.File}={setting.Value}"));
    }

    [Fact]
    public void Name_stays_with_its_data_folder_and_is_no_others()
    {
        var (one, two) = (Directory.CreateTempSubdirectory(), Directory.CreateTempSubdirectory());
        Assert.Equal(HostCgroups.NameFor(one.FullName), HostCgroups.NameFor(one.FullName));
        Assert.NotEqual(HostCgroups.NameFor(one.FullName), HostCgroups.NameFor(two.FullName));
        one.Delete(recursive: true);
        two.Delete(recursive: true);
    }
}
