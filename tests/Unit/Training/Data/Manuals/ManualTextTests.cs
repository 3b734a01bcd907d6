using UnifiedVlm.Training.Data.Manuals;

namespace UnifiedVlm.Tests.Unit.Training.Data.Manuals;

public sealed class ManualTextTests
{
    [Fact]
    public void Parameters_are_told_from_their_types_by_the_signature()
    {
        var text = new ManualText();

        var parts = text.Parts("class a.b(max_iter=1, max=2, *, copy_X=True)\nDoes it.\n\nParameters:\nmax_iterint, default=1\nHow often.\n\nmaxpython:float\nThe most.\n\ncopy_Xbool\nOr not.\n\ncoef_ndarray of shape (n,)\nFound.").ToList();

        Assert.Equal(["class a.b(max_iter=1, max=2, *, copy_X=True)\nDoes it.\n\nParameters:\n\nmax_iter : int, default=1\nHow often.\n\nmax : float\nThe most.\n\ncopy_X : bool\nOr not.\n\ncoef_ : ndarray of shape (n,)\nFound."], parts);
    }

    [Fact]
    public void Terms_that_are_no_parameters_stay() =>
        Assert.Equal(["Sizes\nOf the brush."], new ManualText().Parts("Sizes\nOf the brush."));

    [Theory]
    [InlineData("fit(X, y=None, *, sample_weight=(1, 2), **more)", "fit", "X,y,sample_weight,more")]
    [InlineData("skimage.filters.gaussian(image[, sigma])", "skimage.filters.gaussian", "")]
    [InlineData("class a.B(*args) → None", "a.B", "args")]
    public void Signatures_are_read(string line, string name, string parameters)
    {
        var signature = ManualText.Signature(line);

        Assert.Equal(name, signature!.Value.Name);
        Assert.Equal(parameters, string.Join(',', signature.Value.Parameters));
    }

    [Theory]
    [InlineData("You can open it (see below).")]
    [InlineData("Rate")]
    public void Other_lines_are_no_signatures(string line) => Assert.Null(ManualText.Signature(line));
}
