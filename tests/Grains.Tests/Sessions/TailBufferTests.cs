using System.Text;
using Colloquy.Grains.Sessions;
using CsCheck;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class TailBufferTests
{
    [Fact]
    public void Tail_is_the_end_of_everything_added_however_it_was_cut() =>
        Gen.Char['a', 'z'].Array[0, 30].Select(chars => new string(chars)).Array[0, 20].Sample(pieces =>
        {
            var tail = new TailBuffer(16);
            foreach (var piece in pieces)
            {
                tail.Add(Encoding.UTF8.GetBytes(piece));
            }

            var all = string.Concat(pieces);
            Assert.Equal(all.Length > 16 ? all[^16..] : all, tail.ToString());
        });
}
